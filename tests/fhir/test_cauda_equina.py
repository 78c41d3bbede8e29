"""Cauda equina: one new feature is enough, the bladder has its own days, and what was never cleared is asked about."""

from tests.fhir.build import (
    BOTH,
    ICD10,
    ICD11,
    LEFT,
    LEG,
    PERINEUM,
    RIGHT,
    SNOMED,
    coding,
    condition,
    course,
    day,
    finding,
    grade,
    nrs,
    observed,
    residual,
    sites,
    verified,
)
from tests.fhir.rows import Row, holds, row, table

NOW = day(300)
RETENTION, INCONTINENCE, CES = "236648008", "165232002", "192970008"


@table(
    [
        row("one saddle finding alone is enough", finding("saddle-sensory-change", day(298)), at=NOW, RF_CES="critical"),
        row("new bowel dysfunction alone", finding("bowel-dysfunction-new", day(298)), at=NOW, RF_CES="critical"),
        row("new sexual dysfunction alone", finding("sexual-dysfunction-new", day(298)), at=NOW, RF_CES="critical"),
        row("both legs weakening alone", finding("bilateral-leg-weakness-progressive", day(298)), at=NOW, RF_CES="critical"),
        row("reduced anal tone alone", finding("anal-tone-reduced", day(298)), at=NOW, RF_CES="critical"),
        row("the day is 14 days back, the last that counts", finding("saddle-sensory-change", day(286)), at=NOW, RF_CES="critical"),
        row(
            "15 days back it is an uncleared sign", finding("saddle-sensory-change", day(285)), at=NOW, RF_CES="no", RF_CES_STALE="warning"
        ),
        row("90 days back it still is", finding("saddle-sensory-change", day(210)), at=NOW, RF_CES="no", RF_CES_STALE="warning"),
        row("91 days back it is history", finding("saddle-sensory-change", day(209)), at=NOW, RF_CES="no", RF_CES_STALE="no"),
        row(
            "uncleared means no later absence",
            finding("saddle-sensory-change", day(260)),
            finding("saddle-sensory-change", day(270), False),
            at=NOW,
            RF_CES="no",
            RF_CES_STALE="no",
        ),
        row(
            "a finding of before surgery is no new one",
            finding("saddle-sensory-change", day(-2)),
            at=day(5),
            RF_CES="no",
            RF_CES_STALE="no",
        ),
        row("recorded absent", finding("saddle-sensory-change", day(298), False), at=NOW, RF_CES="no"),
        row("nothing recorded is a no of the alarm, by silence", at=NOW, RF_CES="no", RF_CES_STALE="no"),
    ]
)
def test_findings(row: Row) -> None:
    holds(row)


@table(
    [
        row("the diagnosis today", condition(CES, day(300)), at=NOW, RF_CES="critical"),
        row("90 days old it still is critical", condition(CES, day(210)), at=NOW, RF_CES="critical"),
        row("91 days old it is history", condition(CES, day(209)), at=NOW, RF_CES="no", RF_CES_STALE="no"),
        row("onset before the index: history", condition(CES, day(-1)), at=day(20), RF_CES="no"),
        row("onset on the day of the index counts as after", condition(CES, day(0)), at=day(20), RF_CES="critical"),
        row("undated counts as new", condition(CES), at=NOW, RF_CES="critical"),
        row("recorded date stands in for the onset", condition(CES, None, recordedDate=day(290)), at=NOW, RF_CES="critical"),
        row("recorded long ago", condition(CES, None, recordedDate=day(100)), at=NOW, RF_CES="no"),
        row("refuted: excluded", condition(CES, day(299), **verified("refuted")), at=NOW, RF_CES="no"),
        row("entered in error: no data", condition(CES, day(299), **verified("entered-in-error")), at=NOW, RF_CES="no"),
        row("resolved: history", condition(CES, day(299), **course("resolved")), at=NOW, RF_CES="no"),
        row("provisional counts for an alarm", condition(CES, day(299), **verified("provisional")), at=NOW, RF_CES="critical"),
        row("differential counts for an alarm", condition(CES, day(299), **verified("differential")), at=NOW, RF_CES="critical"),
        row("unconfirmed counts for an alarm", condition(CES, day(299), **verified("unconfirmed")), at=NOW, RF_CES="critical"),
        row("recurrence is active", condition(CES, day(299), **course("recurrence")), at=NOW, RF_CES="critical"),
        row("relapse is active", condition(CES, day(299), **course("relapse")), at=NOW, RF_CES="critical"),
        row("no clinical status and no abatement", condition(CES, day(299), clinicalStatus=None), at=NOW, RF_CES="critical"),
        row(
            "no clinical status but abated",
            condition(CES, day(299), clinicalStatus=None, abatementDateTime=day(300)),
            at=NOW,
            RF_CES="no",
        ),
        row("ICD-10-CM code", condition("G83.4", day(299), ICD10), at=NOW, RF_CES="critical"),
        row("ICD-10-CM without its dot, in lower case", condition("g834", day(299), ICD10), at=NOW, RF_CES="critical"),
        row("ICD-11 code", condition("8B40", day(299), ICD11), at=NOW, RF_CES="critical"),
        row(
            "a coding conflict with N31.9 is still the alarm",
            condition("G83.4", day(299), ICD10),
            condition("N31.9", None, ICD10),
            at=NOW,
            RF_CES="critical",
        ),
    ]
)
def test_diagnosis(row: Row) -> None:
    holds(row)


@table(
    [
        row("day 1, retention alone", condition(RETENTION, day(1)), at=day(1), RF_CES="no", RF_CES_EARLY="warning"),
        row("day 1, retention as R33.9", condition("R33.9", day(1), ICD10), at=day(1), RF_CES="no", RF_CES_EARLY="warning"),
        row("day 1, retention after the procedure", condition("12245681000119103", day(1)), at=day(1), RF_CES="no", RF_CES_EARLY="warning"),
        row("day 1, incomplete emptying", condition("249288007", day(1)), at=day(1), RF_CES="no", RF_CES_EARLY="warning"),
        row("day 1, bladder finding", finding("bladder-dysfunction-new", day(1)), at=day(1), RF_CES="no", RF_CES_EARLY="warning"),
        row("day 0, residual of any size", residual(900, day(0)), at=day(0), RF_CES="no", RF_CES_EARLY="warning"),
        row(
            "day 2, residual of any size, leg pain",
            residual(900, day(2)),
            nrs(6, day(2), LEG),
            at=day(2),
            RF_CES="no",
            RF_CES_EARLY="warning",
        ),
        row("day 2, residual of 200 mL is not above", residual(200, day(2)), at=day(2), RF_CES="no", RF_CES_EARLY="no"),
        row("day 2, residual of 201 mL is", residual(201, day(2)), at=day(2), RF_CES_EARLY="warning"),
        row(
            "day 1, with a saddle finding",
            residual(300, day(1)),
            finding("saddle-sensory-change", day(1)),
            at=day(1),
            RF_CES="critical",
            RF_CES_EARLY="silent",
        ),
        row(
            "day 1, saddle recorded absent",
            condition("R33.9", day(1), ICD10),
            finding("saddle-sensory-change", day(1), False),
            at=day(1),
            RF_CES="no",
            RF_CES_EARLY="warning",
        ),
        row("day 1, with bowel dysfunction", residual(300, day(1)), finding("bowel-dysfunction-new", day(1)), at=day(1), RF_CES="critical"),
        row("day 1, with reduced anal tone", residual(300, day(1)), finding("anal-tone-reduced", day(1)), at=day(1), RF_CES="critical"),
        row(
            "day 1, with weakness of both legs",
            residual(300, day(1)),
            finding("bilateral-leg-weakness-progressive", day(1)),
            at=day(1),
            RF_CES="critical",
        ),
        row(
            "day 1, retention beside one-sided weakness",
            condition(RETENTION, day(1)),
            finding("foot-drop-new", day(1)),
            at=day(1),
            RF_CES="critical",
        ),
        row("day 1, residual beside a low grade", residual(300, day(1)), grade(2, day(1)), at=day(1), RF_CES="critical"),
        row("day 1, incontinence is no retention", condition(INCONTINENCE, day(1)), at=day(1), RF_CES="critical"),
        row("day 3, retention alone", condition(RETENTION, day(3)), at=day(3), RF_CES="critical", RF_CES_EARLY="silent"),
        row("day 3, retention of day 1", condition(RETENTION, day(1)), at=day(3), RF_CES="critical"),
        row("day 3, bladder finding alone", finding("bladder-dysfunction-new", day(3)), at=day(3), RF_CES="critical"),
        row("day 3, residual of 600 mL alone", residual(600, day(3)), at=day(3), RF_CES="critical"),
        row("day 3, residual of 599 mL alone", residual(599, day(3)), at=day(3), RF_CES="no", RF_CES_EARLY="warning"),
        row("day 3, residual with a leg score of 1", residual(201, day(3)), nrs(1, day(3), LEG), at=day(3), RF_CES="critical"),
        row("leg score of 0 is no leg pain", residual(201, day(3)), nrs(0, day(3), LEG), at=day(3), RF_CES="no", RF_CES_EARLY="warning"),
        row("back pain is no leg pain", residual(201, day(3)), nrs(8, day(3), "122496007"), at=day(3), RF_CES="no", RF_CES_EARLY="warning"),
        row("leg score 14 days old", residual(201, day(40)), nrs(1, day(26), LEG), at=day(40), RF_CES="critical"),
        row("leg score 15 days old", residual(201, day(40)), nrs(1, day(25), LEG), at=day(40), RF_CES="no"),
        row(
            "active leg-pain diagnosis of any age",
            residual(201, day(40)),
            condition("10601006", "2019-01-01"),
            at=day(40),
            RF_CES="critical",
        ),
        row("residual with weakness", residual(201, day(40)), finding("leg-strength-sudden-loss", day(39)), at=day(40), RF_CES="critical"),
        row("residual 14 days old", residual(700, day(26)), at=day(40), RF_CES="critical"),
        row("residual 15 days old", residual(700, day(25)), at=day(40), RF_CES="no", RF_CES_EARLY="no"),
        row("the latest residual decides", residual(700, day(35)), residual(50, day(38)), at=day(40), RF_CES="no", RF_CES_EARLY="no"),
        row(
            "chronic retention never fires", condition("236650000", day(39)), at=day(40), RF_CES="no", RF_CES_EARLY="no", RF_CES_STALE="no"
        ),
        row("stress incontinence never fires", condition("N39.3", day(39), ICD10), at=day(40), RF_CES="no", RF_CES_STALE="no"),
    ]
)
def test_bladder(row: Row) -> None:
    holds(row)


@table(
    [
        row("incontinence since 2019 is chronic", condition(INCONTINENCE, "2019-05-01"), at=NOW, RF_CES="no", RF_CES_STALE="no"),
        row("incontinence of five days", condition(INCONTINENCE, day(295)), at=NOW, RF_CES="critical"),
        row("14 days old: new", condition(RETENTION, day(286)), at=NOW, RF_CES="critical"),
        row("15 days old: uncleared", condition(RETENTION, day(285)), at=NOW, RF_CES="no", RF_CES_STALE="warning"),
        row("90 days old: uncleared", condition(RETENTION, day(210)), at=NOW, RF_CES="no", RF_CES_STALE="warning"),
        row("91 days old: nothing", condition(RETENTION, day(209)), at=NOW, RF_CES="no", RF_CES_STALE="no"),
        row("undated: the uncleared rule asks", condition(RETENTION), at=NOW, RF_CES="no", RF_CES_STALE="warning"),
        row("undated, on day 1 as well", condition(RETENTION), at=day(1), RF_CES="no", RF_CES_EARLY="no", RF_CES_STALE="warning"),
        row("15 to 90 days means after the index too", condition(RETENTION, day(-10)), at=day(20), RF_CES="no", RF_CES_STALE="no"),
        row("resolved: not uncleared", condition(RETENTION, day(270), **course("resolved")), at=NOW, RF_CES_STALE="no"),
    ]
)
def test_bladder_diagnoses_by_age(row: Row) -> None:
    holds(row)


@table(
    [
        row("numbness of the perineum", condition("44077006", day(299), bodySite=sites(PERINEUM)), at=NOW, RF_CES="critical"),
        row(
            "numbness of the skin of the perineum", condition("397974008", day(299), bodySite=sites("48014002")), at=NOW, RF_CES="critical"
        ),
        row("R20.2 there", condition("R20.2", day(299), ICD10, bodySite=sites(PERINEUM)), at=NOW, RF_CES="critical"),
        row("pain there is no numbness", condition("247398009", day(299), bodySite=sites(PERINEUM)), at=NOW, RF_CES="no"),
        row("hyperesthesia there is no numbness", condition("R20.3", day(299), ICD10, bodySite=sites(PERINEUM)), at=NOW, RF_CES="no"),
        row("numbness elsewhere", condition("44077006", day(299), bodySite=sites(LEG)), at=NOW, RF_CES="no"),
        row("numbness nowhere in particular", condition("44077006", day(299)), at=NOW, RF_CES="no"),
        row(
            "from 15 days on it is uncleared",
            condition("44077006", day(280), bodySite=sites(PERINEUM)),
            at=NOW,
            RF_CES="no",
            RF_CES_STALE="warning",
        ),
        row("to 90 days", condition("44077006", day(209), bodySite=sites(PERINEUM)), at=NOW, RF_CES="no", RF_CES_STALE="no"),
        row("as an Observation", observed("91019004", day(299), SNOMED, (PERINEUM,), valueBoolean=True), at=NOW, RF_CES="critical"),
        row(
            "a plain numbness code as the value",
            observed("404684003", day(299), SNOMED, (PERINEUM,), valueCodeableConcept=coding(SNOMED, "44077006")),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "absence of another feeling clears nothing",
            observed("44077006", day(297), SNOMED, (PERINEUM,), valueBoolean=True),
            observed("91019004", day(299), SNOMED, (PERINEUM,), valueBoolean=False),
            at=NOW,
            RF_CES="critical",
        ),
    ]
)
def test_perineal_codes(row: Row) -> None:
    holds(row)


@table(
    [
        row(
            "foot drop on both sides",
            finding("foot-drop-new", day(299), site=(LEFT,)),
            finding("foot-drop-new", day(298), site=(RIGHT,)),
            at=NOW,
            RF_CES="critical",
        ),
        row("foot drop coded bilateral", finding("foot-drop-new", day(299), site=(BOTH,)), at=NOW, RF_CES="critical", RF_NEURO="silent"),
        row("new low grades on both sides", grade(3, day(299), side=LEFT), grade(2, day(298), side=RIGHT), at=NOW, RF_CES="critical"),
        row("one side only", finding("foot-drop-new", day(299), site=(LEFT,)), at=NOW, RF_CES="no", RF_NEURO="critical"),
        row(
            "slow falls on both sides do not",
            *(grade(5, day(200), side=side) for side in (LEFT, RIGHT)),
            *(grade(4, day(299), side=side) for side in (LEFT, RIGHT)),
            at=NOW,
            RF_CES="no",
            RF_NEURO="warning",
        ),
        row(
            "the other side is too old",
            finding("foot-drop-new", day(299), site=(LEFT,)),
            finding("foot-drop-new", day(280), site=(RIGHT,)),
            at=NOW,
            RF_CES="no",
        ),
        row("paraplegia of this week", condition("G82.20", day(299), ICD10), at=NOW, RF_CES="critical"),
        row(
            "undated paraplegia: the uncleared rule asks",
            condition("G82.20", None, ICD10),
            at=NOW,
            RF_CES="no",
            RF_NEURO="no",
            RF_STALE="warning",
        ),
        row(
            "no grade, no side: sides unknown",
            finding("foot-drop-new", day(299)),
            finding("leg-strength-sudden-loss", day(299)),
            at=NOW,
            RF_CES="no",
            RF_NEURO="critical",
        ),
    ]
)
def test_both_sides(row: Row) -> None:
    holds(row)
