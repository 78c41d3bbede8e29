"""Signs of nerve recovery and their guards: reassurance only beside steady strength, and never beside a warning. Index: 2025-03-15."""

from tests.fhir.build import BACK, LEFT, LEG, RIGHT, Json, condition, day, finding, fusion, grade, nrs, temperature
from tests.fhir.charts import GABAPENTIN, OXYCODONE, PIRIFORMIS, medicine, quality, runs, sided, steady
from tests.fhir.rows import Row, holds, row, table

NOW = day(120)
SIGNS = {"HE_TINEL": "tinel-progression", "HE_TINGLE": "tingling-before-sensation", "HE_NUMB": "numbness-shrinking"}
GRADES = steady(day(115))


def each(why: str, word: str, *rest: Json, when: str = day(115), at: str = NOW, side: str | None = None, **more: str) -> list[Row]:
    """The same row for each of the three signs."""
    return [row(f"{short}: {why}", sided(code, when, side), *rest, at=at, **{short: word, **more}) for short, code in SIGNS.items()]


@table(
    [
        *each("with steady strength", "info", *GRADES),
        *each("30 days old", "info", *steady(day(115)), when=day(90)),
        *each("31 days old", "silent", *steady(day(115)), when=day(89)),
        *each("of before surgery", "silent", *steady(day(10)), when=day(-5), at=day(20)),
        *each("no motor grade", "unknown"),
        *each("grade of 4", "info", *steady(day(115), 4)),
        *each("grade of 3", "no", *steady(day(115), 3), RF_CES="critical"),
        *each("grade 30 days old", "info", *steady(day(90))),
        *each("grade 31 days old", "unknown", *steady(day(89))),
        *each("grade that fell slowly", "no", *steady(day(80)), *steady(day(115), 4), RF_NEURO="warning"),
        *each("the other leg only", "unknown", grade(5, day(115), side=RIGHT), side=LEFT),
        *each("its own leg", "info", grade(5, day(115), side=LEFT), side=LEFT),
        *each("no side: one leg is not enough", "unknown", grade(5, day(115), side=LEFT)),
        *each("pain risen by 2 in 60 days", "no", *GRADES, nrs(3, day(70), LEG), nrs(5, day(115), LEG)),
        *each("pain risen by 1", "info", *GRADES, nrs(3, day(70), LEG), nrs(4, day(115), LEG), TL_36M="silent"),
        *each(
            "risen in another region",
            "no",
            *GRADES,
            nrs(3, day(70), LEG),
            nrs(1, day(115), LEG),
            nrs(1, day(70), BACK),
            nrs(3, day(115), BACK),
        ),
        *each("the rise lies more than 60 days back", "info", *GRADES, nrs(1, day(59), LEG), nrs(3, day(65), LEG), nrs(3, day(115), LEG)),
        *each("the rise lies 60 days back", "no", *GRADES, nrs(1, day(60), LEG), nrs(3, day(65), LEG), nrs(3, day(115), LEG)),
        *each("last day of month 23", "info", *steady("2027-03-14"), when="2027-03-14", at="2027-03-14"),
        *each("month 24", "no", *steady("2027-03-15"), when="2027-03-15", at="2027-03-15"),
    ]
)
def test_three_signs(row: Row) -> None:
    holds(row)


@table(
    [
        row(f"{short}: recorded absent later", finding(code, day(100)), finding(code, day(115), False), *GRADES, at=NOW, **{short: "no"})
        for short, code in SIGNS.items()
    ]
)
def test_a_sign_that_went_away(row: Row) -> None:
    holds(row)


# --- pain moving distally ---------------------------------------------------------------------------------------------

MOVES = finding("pain-distal-migration", day(115))
EASES = (nrs(5, day(70), LEG), nrs(3, day(115), LEG))


@table(
    [
        row("falling pain and steady strength", MOVES, *GRADES, *EASES, at=NOW, HE_DISTAL="info"),
        row("without scores: no reassurance", MOVES, *GRADES, at=NOW, HE_DISTAL="no"),
        row("a fall of 1 of 8 is no improvement", MOVES, *GRADES, nrs(8, day(70), LEG), nrs(7, day(115), LEG), at=NOW, HE_DISTAL="no"),
        row("a fall of 30 % is", MOVES, *GRADES, nrs(3, day(70), LEG), nrs(2, day(115), LEG), at=NOW, HE_DISTAL="info"),
        row("a fall that began more than 60 days ago", MOVES, *GRADES, nrs(9, day(59), LEG), nrs(3, day(115), LEG), at=NOW, HE_DISTAL="no"),
        row("a fall that began 60 days ago", MOVES, *GRADES, nrs(9, day(60), LEG), nrs(3, day(115), LEG), at=NOW, HE_DISTAL="info"),
        row("falls across regions are none", MOVES, *GRADES, nrs(9, day(70), LEG), nrs(3, day(115), BACK), at=NOW, HE_DISTAL="no"),
        row(
            "one region falls, another rises", MOVES, *GRADES, *EASES, nrs(1, day(70), BACK), nrs(3, day(115), BACK), at=NOW, HE_DISTAL="no"
        ),
        row("straight leg raise newly positive", MOVES, *GRADES, *EASES, finding("slr-test", day(115)), at=NOW, HE_DISTAL="no"),
        row(
            "positive before surgery too: not new",
            MOVES,
            *GRADES,
            *EASES,
            finding("slr-test", day(-5)),
            finding("slr-test", day(115)),
            at=NOW,
            HE_DISTAL="info",
        ),
        row(
            "positive before on the other side: new",
            MOVES,
            *GRADES,
            *EASES,
            sided("slr-test", day(-5), LEFT),
            sided("slr-test", day(115), RIGHT),
            at=NOW,
            HE_DISTAL="no",
        ),
        row(
            "negative before surgery: new",
            MOVES,
            *GRADES,
            *EASES,
            finding("slr-test", day(-5), False),
            finding("slr-test", day(115)),
            at=NOW,
            HE_DISTAL="no",
        ),
        row("straight leg raise negative", MOVES, *GRADES, *EASES, finding("slr-test", day(115), False), at=NOW, HE_DISTAL="info"),
        row("no motor grade", MOVES, *EASES, at=NOW, HE_DISTAL="unknown"),
        row("31 days old", finding("pain-distal-migration", day(89)), *GRADES, *EASES, at=NOW, HE_DISTAL="silent"),
    ]
)
def test_distal_migration(row: Row) -> None:
    holds(row)


# --- who hides whom -----------------------------------------------------------------------------------------------------

TINEL = finding("tinel-progression", day(115))
FLAT = (nrs(6, day(42), LEG), nrs(6, day(115), LEG))
SITTING = (
    nrs(5, day(115), "46862004"),
    finding("pain-worse-sitting", day(115)),
    finding("pain-worse-hip-internal-rotation", day(115)),
    runs("buttock-only", when=day(115)),
)
FEVER = temperature(102, day(119))
MILD = temperature(100.8, day(119))
CES = finding("saddle-sensory-change", day(119))


@table(
    [
        row("a warning of the timeline hides it", TINEL, *GRADES, *FLAT, at=NOW, TL_36M="warning", HE_TINEL="silent"),
        row("although its answer is yes", TINEL, *GRADES, *FLAT, at=NOW, HE_TINEL="yes"),
        row(
            "a likely SI joint hides it",
            TINEL,
            *GRADES,
            condition("M53.3", day(90), "http://hl7.org/fhir/sid/icd-10-cm"),
            at=NOW,
            SIJ_STRONG="warning",
            HE_TINEL="silent",
        ),
        row(
            "pseudarthrosis hides it",
            TINEL,
            *GRADES,
            condition("M96.0", day(90), "http://hl7.org/fhir/sid/icd-10-cm"),
            at=NOW,
            CAUSE_PSEUD="warning",
            HE_TINEL="silent",
        ),
        row(
            "a medication warning hides it",
            TINEL,
            *GRADES,
            medicine(OXYCODONE),
            medicine(GABAPENTIN),
            at=NOW,
            TX_CO_USE="warning",
            HE_TINEL="silent",
        ),
        row("a warning alarm hides it", TINEL, *GRADES, MILD, at=NOW, RF_INF_WATCH="warning", HE_TINEL="silent"),
        row("a critical alarm hides it", TINEL, *GRADES, CES, at=NOW, RF_CES="critical", HE_TINEL="silent"),
        row(
            "an unreadable temperature hides it", TINEL, *GRADES, temperature(70, day(119)), at=NOW, UNREADABLE="warning", HE_TINEL="silent"
        ),
        row(
            "an unreadable straight leg raise beside distal pain: a warning",
            TINEL,
            *GRADES,
            MOVES,
            *EASES,
            finding("slr-test", day(115), None, valueString="x"),
            at=NOW,
            UNREADABLE="warning",
            HE_TINEL="silent",
        ),
        row("info cards do not", TINEL, *GRADES, condition(PIRIFORMIS, day(90)), at=NOW, CAUSE_PIRI="info", HE_TINEL="info"),
    ]
)
def test_any_warning_hides_signs_of_recovery(row: Row) -> None:
    holds(row)


@table(
    [
        row("a critical alarm hides the causes", *SITTING, CES, at=NOW, RF_CES="critical", CAUSE_PIRI="silent", TX_PT="silent"),
        row("a warning alarm leaves them", *SITTING, MILD, at=NOW, RF_INF_WATCH="warning", CAUSE_PIRI="info", TX_PT="silent"),
        row(
            "a critical alarm hides a possible SI joint",
            nrs(5, day(115), "46862004"),
            finding("pain-night", day(115)),
            CES,
            at=NOW,
            SIJ_MODERATE="silent",
        ),
        row("a warning alarm leaves it", nrs(5, day(115), "46862004"), finding("pain-night", day(115)), MILD, at=NOW, SIJ_MODERATE="info"),
        row("a likely SI joint stays", condition("M53.3", day(90), "http://hl7.org/fhir/sid/icd-10-cm"), CES, at=NOW, SIJ_STRONG="warning"),
        row("pseudarthrosis stays", condition("M96.0", day(90), "http://hl7.org/fhir/sid/icd-10-cm"), CES, at=NOW, CAUSE_PSEUD="warning"),
        row("fibrosis goes", condition("G96.12", day(90), "http://hl7.org/fhir/sid/icd-10-cm"), CES, at=NOW, CAUSE_FIB="silent"),
        row(
            "adjacent disease goes",
            condition("18347007", day(400)),
            nrs(2, day(60)),
            nrs(2, day(90)),
            finding("saddle-sensory-change", day(410)),
            at=day(411),
            CAUSE_ASD="silent",
        ),
        row(
            "nerve inflammation goes with a warning alarm",
            nrs(5, day(20), LEG),
            quality("burning", when=day(20)),
            temperature(100.8, day(20)),
            at=day(20),
            RF_INF_WATCH="warning",
            CAUSE_INFLAM="silent",
        ),
        row(
            "nerve awakening goes with a warning alarm",
            quality("tingling", when=day(40)),
            *steady(day(40)),
            temperature(100.8, day(40)),
            at=day(40),
            CAUSE_AWAKE="silent",
        ),
        row(
            "an unreadable alarm hides them too",
            nrs(5, day(20), LEG),
            quality("burning", when=day(20)),
            temperature(70, day(20)),
            at=day(20),
            UNREADABLE="warning",
            CAUSE_INFLAM="silent",
        ),
    ]
)
def test_alarms_hide(row: Row) -> None:
    holds(row)


def test_an_alarm_is_named_as_the_one_that_hides() -> None:
    told = holds(row("hidden", TINEL, *GRADES, CES, at=NOW, HE_TINEL="yes"))
    verdict = told.verdict("healing-tinel")
    assert verdict["shown"] is False
    assert "red-flag-cauda-equina" in verdict["suppressedBy"]


def test_more_than_three_info_cards_fold_into_one() -> None:
    signs = [finding(code, day(115)) for code in SIGNS.values()]
    told = holds(row("many", fusion(), *signs, MOVES, *EASES, *GRADES, condition(PIRIFORMIS, day(90)), at=NOW, bare=True, HE_TINEL="info"))
    infos = [c for c in told.outcome.cards if c["indicator"] == "info"]
    assert len(infos) == 4
    folded = infos[-1]["extension"]["org.postfusion"]
    assert folded["rule"] == "more-information"
    assert {c["extension"]["org.postfusion"]["rule"] for c in infos[:3]}.isdisjoint(folded["folded"])
    assert {"healing-tinel", "healing-tingling", "healing-numbness-shrinking"} & set(folded["folded"])


def test_three_info_cards_do_not_fold() -> None:
    signs = [finding(code, day(115)) for code in SIGNS.values()]
    told = holds(row("three", *signs, *GRADES, at=NOW, HE_TINEL="info", HE_TINGLE="info", HE_NUMB="info"))
    assert [c["extension"]["org.postfusion"]["rule"] for c in told.outcome.cards] == [
        "healing-numbness-shrinking",
        "healing-tinel",
        "healing-tingling",
    ]
