"""Leg weakness: findings, diagnoses and grades of one myotome and side compared over time."""

from tests.fhir.build import ICD10, LEFT, LOCAL, RIGHT, Json, coding, condition, course, day, finding, grade, measured, observed
from tests.fhir.rows import Row, holds, row, table

NOW = day(100)


@table(
    [
        row("new foot drop", finding("foot-drop-new", day(99)), at=NOW, RF_NEURO="critical"),
        row("sudden loss of strength", finding("leg-strength-sudden-loss", day(86)), at=NOW, RF_NEURO="critical"),
        row("15 days old: uncleared", finding("foot-drop-new", day(85)), at=NOW, RF_NEURO="no", RF_STALE="warning"),
        row("90 days old: uncleared", finding("foot-drop-new", day(10)), at=NOW, RF_STALE="warning"),
        row("91 days old: history", finding("foot-drop-new", day(9)), at=NOW, RF_NEURO="no", RF_STALE="no"),
        row("of before surgery", finding("foot-drop-new", day(-1)), at=day(5), RF_NEURO="no", RF_STALE="no"),
        row("cleared later", finding("foot-drop-new", day(60)), finding("foot-drop-new", day(70), False), at=NOW, RF_STALE="no"),
        row(
            "cleared on the other side only",
            finding("foot-drop-new", day(98), site=(LEFT,)),
            finding("foot-drop-new", day(99), False, site=(RIGHT,)),
            at=NOW,
            RF_NEURO="critical",
        ),
        row("new diagnosis", condition("6077001", day(90)), at=NOW, RF_NEURO="critical"),
        row("ICD-10-CM prefix", condition("G83.14", day(90), ICD10), at=NOW, RF_NEURO="critical"),
        row("older diagnosis still active", condition("6077001", day(80)), at=NOW, RF_NEURO="no", RF_STALE="warning"),
        row("undated diagnosis", condition("6077001"), at=NOW, RF_NEURO="no", RF_STALE="warning"),
        row("diagnosis of before surgery", condition("6077001", day(-5)), at=day(5), RF_NEURO="no", RF_STALE="no"),
        row("resolved diagnosis", condition("6077001", day(80), **course("resolved")), at=NOW, RF_STALE="no"),
        row(
            "unspecific weakness decides nothing",
            condition("26544005", day(99)),
            condition("713514005", day(99)),
            at=NOW,
            RF_NEURO="no",
            RF_STALE="no",
        ),
    ]
)
def test_findings_and_diagnoses(row: Row) -> None:
    holds(row)


@table(
    [
        row("fall of one within 14 days", grade(5, day(85)), grade(4, day(99)), at=NOW, RF_NEURO="critical"),
        row("fall of one over 15 days", grade(5, day(84)), grade(4, day(99)), at=NOW, RF_NEURO="warning"),
        row("slow fall to 3 is critical all the same", grade(5, day(40)), grade(3, day(99)), at=NOW, RF_NEURO="critical"),
        row("slow fall to 2", grade(4, day(40)), grade(2, day(99)), at=NOW, RF_NEURO="critical"),
        row("steady grade", grade(4, day(85)), grade(4, day(99)), at=NOW, RF_NEURO="no"),
        row("rising grade", grade(3, day(60)), grade(4, day(99)), at=NOW, RF_NEURO="no"),
        row("steady low grade for months", grade(3, day(40)), grade(3, day(99)), at=NOW, RF_NEURO="no"),
        row("the latest grade is 15 days old", grade(5, day(80)), grade(4, day(85)), at=NOW, RF_NEURO="no"),
        row("other myotome", grade(5, day(90), "L4"), grade(4, day(99), "L5"), at=NOW, RF_NEURO="no"),
        row("other side", grade(5, day(90), side=LEFT), grade(4, day(99), side=RIGHT), at=NOW, RF_NEURO="no"),
        row("first grade is low", grade(3, day(99)), at=NOW, RF_NEURO="critical"),
        row("first grade is 4", grade(4, day(99)), at=NOW, RF_NEURO="no"),
        row("as low before surgery", grade(3, day(-10)), grade(3, day(99)), at=NOW, RF_NEURO="no"),
        row("lower before surgery", grade(2, day(-10)), grade(3, day(99)), at=NOW, RF_NEURO="no"),
        row("better before surgery", grade(4, day(-10)), grade(3, day(99)), at=NOW, RF_NEURO="critical"),
        row("the last grade before surgery counts", grade(3, day(-30)), grade(5, day(-10)), grade(3, day(99)), at=NOW, RF_NEURO="critical"),
        row("as low before, better since", grade(3, day(-10)), grade(5, day(40)), grade(3, day(99)), at=NOW, RF_NEURO="critical"),
        row("a fall from before surgery alone, still 4", grade(5, day(-10)), grade(4, day(99)), at=NOW, RF_NEURO="no"),
        row("grade without a myotome", grade(5, day(90), None), grade(4, day(99), None), at=NOW, RF_NEURO="critical"),
        row("is compared only with its like", grade(5, day(90), "L5"), grade(4, day(99), None), at=NOW, RF_NEURO="no"),
        row(
            "a second low grade of the same week keeps the alarm",
            grade(5, day(-5)),
            grade(3, day(97)),
            grade(3, day(99)),
            at=NOW,
            RF_NEURO="critical",
        ),
        row(
            "a second fallen grade of the same week too",
            grade(5, day(90)),
            grade(4, day(97)),
            grade(4, day(99)),
            at=NOW,
            RF_NEURO="critical",
        ),
        row("the operation day counts as after", grade(2, day(0)), at=day(1), RF_NEURO="critical"),
    ]
)
def test_grades(row: Row) -> None:
    holds(row)


def _component(value: Json, code: Json) -> Json:
    return observed("motor-grade", day(99), site=(LEFT,), component=[{"code": code, **value}])


@table(
    [
        row("grade as a quantity", _component({"valueQuantity": {"value": 2}}, coding(LOCAL, "S1")), at=NOW, RF_NEURO="critical"),
        row("grade out of range", _component({"valueInteger": 7}, coding(LOCAL, "S1")), at=NOW, RF_NEURO="unknown", UNREADABLE="warning"),
        row("grade as text", _component({"valueString": "2/5"}, coding(LOCAL, "S1")), at=NOW, RF_NEURO="unknown", UNREADABLE="warning"),
        row("unknown myotome", _component({"valueInteger": 2}, coding(LOCAL, "C5")), at=NOW, RF_NEURO="unknown", UNREADABLE="warning"),
        row("quantity on the observation", measured("motor-grade", 2, None, day(99), LOCAL), at=NOW, RF_NEURO="critical"),
        row("a bound is no exact grade", measured("motor-grade", 3, None, day(99), LOCAL, comparator=">"), at=NOW, RF_NEURO="unknown"),
    ]
)
def test_grade_values(row: Row) -> None:
    holds(row)


@table(
    [
        row(
            "critical weakness absorbs the uncleared motor sign",
            finding("foot-drop-new", day(99), site=(LEFT,)),
            finding("foot-drop-new", day(60), site=(RIGHT,)),
            at=NOW,
            RF_NEURO="critical",
            RF_STALE="silent",
        ),
        row(
            "but not an uncleared drainage",
            finding("foot-drop-new", day(99)),
            finding("wound-drainage-restarted", day(60)),
            at=NOW,
            RF_NEURO="critical",
            RF_STALE="warning",
        ),
        row(
            "mechanical pain beside weakness is critical",
            finding("foot-drop-new", day(99)),
            finding("mechanical-pain-sudden-new", day(99)),
            at=NOW,
            RF_MECH="critical",
        ),
        row("mechanical pain alone", finding("mechanical-pain-sudden-new", day(86)), at=NOW, RF_MECH="warning", RF_STALE="no"),
        row("uncleared mechanical pain", finding("mechanical-pain-sudden-new", day(85)), at=NOW, RF_MECH="no", RF_STALE="warning"),
        row("implant failure of 90 days", condition("T84.226A", day(10), ICD10), at=NOW, RF_MECH="warning"),
        row("implant failure of 91 days", condition("T84.226A", day(9), ICD10), at=NOW, RF_MECH="no"),
        row("undated implant failure", condition("T84.226A", None, ICD10), at=NOW, RF_MECH="warning"),
        row("sequela of an implant failure is history", condition("T84.226S", day(99), ICD10), at=NOW, RF_MECH="no"),
        row("implant failure of before surgery", condition("T84.226A", day(-1), ICD10), at=day(20), RF_MECH="no"),
        row("implant complication without a level", condition("111744007", day(99)), at=NOW, RF_MECH="no"),
        row(
            "implant complication of the lumbar spine",
            condition("111744007", day(99), bodySite=[coding("http://snomed.info/sct", "122496007")]),
            at=NOW,
            RF_MECH="warning",
        ),
        row("new mechanical low back pain", condition("279040009", day(90)), at=NOW, RF_MECH="warning"),
        row("older mechanical low back pain", condition("279040009", day(80)), at=NOW, RF_MECH="no"),
        row("mechanical low back pain of before surgery", condition("279040009", day(-3)), at=day(5), RF_MECH="no"),
        row("pseudarthrosis alone does not", condition("M96.0", day(99), ICD10), at=NOW, RF_MECH="no"),
    ]
)
def test_mechanical(row: Row) -> None:
    holds(row)
