"""Many-valued findings and what is new: values by side, components, dates that settle nothing, and the edges of the last weeks."""

from tests.fhir.build import LEFT, LEG, LOCAL, RIGHT, Json, Told, ask, coding, day, finding, fusion, grade, made, nrs, observed
from tests.fhir.charts import NEGATIVE, quality, runs, sided, steady, words
from tests.fhir.rows import Row, holds, row, table

NOW = day(40)
PAIN = nrs(5, day(40), LEG)
INDEX_AT_NOON = "2025-03-15T12:00:00Z"


def seen(told: Told, rule: str, criterion: str) -> list[str]:
    """What a criterion of a rule saw."""
    step = next(one for one in told.verdict(rule)["steps"] if one["criterion"] == criterion)
    return [one["value"] for one in step.get("saw", [])]


@table(
    [
        row("several values in one record", PAIN, quality("dull-ache", "burning", when=day(30)), at=NOW, CAUSE_INFLAM="yes"),
        row(
            "absence of several in one record",
            PAIN,
            quality("burning", when=day(30)),
            quality("burning", "electric", when=day(35), absent=True),
            runs("L5", when=day(30), absent=True),
            at=NOW,
            CAUSE_INFLAM="no",
        ),
        row(
            "present again after it was absent",
            PAIN,
            quality("burning", when=day(20), absent=True),
            quality("burning", when=day(35)),
            at=NOW,
            CAUSE_INFLAM="yes",
        ),
        row("on the day of the operation it is neither", PAIN, quality("burning", when=day(0)), at=day(20), CAUSE_INFLAM="unknown"),
        row(
            "on that day, with times on both sides, times decide",
            nrs(5, day(1), LEG),
            quality("burning", when="2025-03-15T18:00:00Z"),
            fusion(INDEX_AT_NOON),
            at=day(1),
            bare=True,
            CAUSE_INFLAM="yes",
        ),
        row(
            "earlier on that day is before",
            nrs(5, day(1), LEG),
            quality("burning", when="2025-03-15T08:00:00Z"),
            fusion(INDEX_AT_NOON),
            at=day(1),
            bare=True,
            CAUSE_INFLAM="unknown",
        ),
        row("undated", PAIN, quality("burning", when=None), at=NOW, CAUSE_INFLAM="unknown"),
        row("undated, but issued", PAIN, quality("burning", when=None, issued="2025-04-20T10:00:00Z"), at=NOW, CAUSE_INFLAM="yes"),
        row("of the future is unreadable", PAIN, quality("burning", when=day(45)), at=NOW, CAUSE_INFLAM="unknown", UNREADABLE="warning"),
        row("of tomorrow is taken", PAIN, quality("burning", when=day(41)), at=NOW, CAUSE_INFLAM="yes"),
        row("a month that reaches into the last 30 days", PAIN, quality("burning", when="2025-04"), at=NOW, CAUSE_INFLAM="yes"),
        row(
            "asked and not known",
            PAIN,
            words(
                "pain-quality",
                when=day(30),
                valueCodeableConcept=None,
                dataAbsentReason=coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", "asked-unknown"),
            ),
            at=NOW,
            CAUSE_INFLAM="unknown",
            UNREADABLE="silent",
        ),
        row(
            "missing through an error",
            PAIN,
            words(
                "pain-quality",
                when=day(30),
                valueCodeableConcept=None,
                dataAbsentReason=coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", "error"),
            ),
            at=NOW,
            CAUSE_INFLAM="unknown",
            UNREADABLE="warning",
        ),
        row(
            "free text never counts",
            PAIN,
            words("pain-quality", when=day(30), valueCodeableConcept={"text": "burning"}),
            at=NOW,
            CAUSE_INFLAM="unknown",
        ),
        row(
            "an unreadable record older than 30 days is no matter",
            PAIN,
            quality("stabbing", when=day(5)),
            quality("burning", when=day(35)),
            at=NOW,
            CAUSE_INFLAM="yes",
            UNREADABLE="silent",
        ),
    ]
)
def test_values(row: Row) -> None:
    holds(row)


def panel(*parts: Json, when: str = day(30)) -> Json:
    """An observation whose components carry the findings."""
    return made("Observation", status="final", code=coding("http://loinc.org", "72514-0"), effectiveDateTime=when, component=list(parts))


def part(name: str, value: str, **members: object) -> Json:
    return {"code": coding(LOCAL, name), "valueCodeableConcept": coding(LOCAL, value), **members}


def test_components_are_read_like_observations() -> None:
    holds(row("quality", PAIN, panel(part("pain-quality", "burning"), part("pain-distribution", "L5")), at=NOW, CAUSE_INFLAM="yes"))
    holds(
        row(
            "absent",
            PAIN,
            panel(part("pain-quality", "burning", **NEGATIVE), part("pain-distribution", "non-dermatomal")),
            at=NOW,
            CAUSE_INFLAM="no",
        )
    )


def test_what_stands_is_what_is_shown() -> None:
    told = ask(
        fusion(),
        PAIN,
        quality("burning", when=day(20)),
        quality("electric", when=day(30)),
        quality("electric", when=day(35), absent=True),
        as_of=NOW,
    )
    assert {value for value in seen(told, "cause-nerve-inflammation", "quality")} == {"burning"}


# --- what is new ----------------------------------------------------------------------------------------------------------


@table(
    [
        row(
            "present before, then absent, then back: not new",
            quality("tingling", when=day(-60)),
            quality("tingling", when=day(-5), absent=True),
            quality("tingling", when=NOW),
            *steady(NOW),
            at=NOW,
            CAUSE_AWAKE="no",
        ),
        row(
            "only first recorded on the operation day: not known as before",
            quality("tingling", when=day(0)),
            quality("tingling", when=NOW),
            *steady(NOW),
            at=NOW,
            CAUSE_AWAKE="yes",
        ),
        row(
            "two qualities, one of them new",
            quality("tingling", when=day(-5)),
            quality("tingling", "burning", when=NOW),
            *steady(NOW),
            at=NOW,
            CAUSE_AWAKE="yes",
        ),
        row(
            "gone by now",
            quality("tingling", when=day(20)),
            quality("tingling", when=NOW, absent=True),
            *steady(NOW),
            at=NOW,
            CAUSE_AWAKE="no",
        ),
    ]
)
def test_new_qualities(row: Row) -> None:
    holds(row)


# --- steady strength ------------------------------------------------------------------------------------------------------

SIGN = sided("tinel-progression", day(38), LEFT)


@table(
    [
        row("a grade for both sides", SIGN, grade(5, day(38), side="51440002"), at=NOW, HE_TINEL="yes"),
        row("two myotomes, one of them old", SIGN, grade(5, day(38), "L5"), grade(5, day(5), "S1"), at=NOW, HE_TINEL="yes"),
        row("two grades of one moment: the weaker counts", SIGN, grade(5, day(38)), grade(3, day(38)), at=NOW, HE_TINEL="no"),
        row("without a myotome", SIGN, grade(5, day(38), None), at=NOW, HE_TINEL="yes"),
        row("without a side it stands for no side", SIGN, grade(5, day(38), side=None), at=NOW, HE_TINEL="unknown"),
        row(
            "an unreadable grade leaves it open",
            SIGN,
            grade(5, day(38)),
            observed("motor-grade", day(39), LOCAL, site=(LEFT,), valueString="4+/5"),
            at=NOW,
            HE_TINEL="unknown",
        ),
        row(
            "half a grade lower is no fall of one",
            SIGN,
            grade(5, day(10)),
            {**grade(5, day(38)), "component": [{"code": coding(LOCAL, "L5"), "valueQuantity": {"value": 4.5}}]},
            at=NOW,
            HE_TINEL="yes",
        ),
        row(
            "a fall on the other leg is for its own sign",
            SIGN,
            grade(5, day(38)),
            grade(5, day(5), side=RIGHT),
            grade(4, day(38), side=RIGHT),
            at=NOW,
            HE_TINEL="yes",
        ),
        row("fell, and is back", SIGN, grade(5, day(5)), grade(4, day(20)), grade(5, day(38)), at=NOW, HE_TINEL="yes"),
        row(
            "both sides of the sign: both legs",
            SIGN,
            sided("tinel-progression", day(38), RIGHT),
            grade(5, day(38)),
            at=NOW,
            HE_TINEL="unknown",
        ),
        row(
            "the sign absent on the other side",
            SIGN,
            {**finding("tinel-progression", day(38), False), "bodySite": coding("http://snomed.info/sct", RIGHT)},
            grade(5, day(38)),
            at=NOW,
            HE_TINEL="yes",
        ),
    ]
)
def test_strength(row: Row) -> None:
    holds(row)
