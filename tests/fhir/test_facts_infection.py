"""Temperatures and CRP, fact by fact: what stands, what clears it, what is compared with what."""

from tests.fhir.build import crp, day, temperature
from tests.fhir.facts import Case, case, cases, tells

# fmt: off
CASES = [
    case("a third value far above the second", "crp_second_rise", crp(20, day(40)), crp(60, day(50)), at=day(60), says="yes on 2025-05-04 [60 mg/L; the value before]"),
    case("24 is 1.2 times 20, not above it", "crp_second_rise", crp(20, day(40)), crp(24, day(50)), at=day(60), says="no on 2025-05-04 [24 mg/L; the value before]"),
    case("24.1 is above 1.2 times 20", "crp_second_rise", crp(20, day(40)), crp(24.1, day(50)), at=day(60), says="yes on 2025-05-04 [24.1 mg/L; the value before]"),
    case("above the factor but at the norm", "crp_second_rise", crp(4, day(40)), crp(10, day(50)), at=day(60), says="no on 2025-05-04 [10 mg/L; the value before]"),
    case("an upper limit alone is no rise and no proof of none", "crp_second_rise", crp(20, day(40)), crp(60, day(50), comparator="<"), at=day(60), says="unknown on 2025-05-04 as not precise enough [at most 60 mg/L; the value before]"),
    case("nor is a lower limit to start from", "crp_second_rise", crp(20, day(40), comparator=">"), crp(60, day(50)), at=day(60), says="unknown on 2025-05-04 as not precise enough [60 mg/L; the value before]"),
    case("from an upper limit that lies far below", "crp_second_rise", crp(20, day(40), comparator="<"), crp(60, day(50)), at=day(60), says="yes on 2025-05-04 [60 mg/L; the value before]"),
    case("to a lower limit that lies far above", "crp_second_rise", crp(20, day(40)), crp(60, day(50), comparator=">"), at=day(60), says="yes on 2025-05-04 [at least 60 mg/L; the value before]"),
    case("of two values of one moment the higher is the last one", "crp_second_rise", crp(20, day(40)), crp(60, day(50)), crp(25, day(50)), at=day(60), says="yes on 2025-05-04 [60 mg/L; the value before]"),
    case("of two values of one moment the higher is the one before", "crp_second_rise", crp(20, day(40)), crp(55, day(40)), crp(60, day(50)), at=day(60), says="no on 2025-05-04 [60 mg/L; the value before]"),
    case("the value next before counts, not the lowest ever", "crp_second_rise", crp(5, day(30)), crp(55, day(40)), crp(60, day(50)), at=day(60), says="no on 2025-05-04 [60 mg/L; the value before]"),
    case("28 days apart", "crp_second_rise", crp(20, day(40)), crp(60, day(68)), at=day(70), says="yes on 2025-05-22 [60 mg/L; the value before]"),
    case("29 days apart", "crp_second_rise", crp(20, day(40)), crp(60, day(69)), at=day(70), says="no on 2025-05-23 [60 mg/L; the value before]"),
    case("an unreadable one that may be later", "crp_second_rise", crp(20, day(40)), crp(21, day(50)), crp(60, day(55), "furlong"), at=day(60), says=("no on 2025-05-04 [21 mg/L; the value before]", "unknown on 2025-05-09 as unreadable [unknown unit]")),
    case("an unreadable one between the two", "crp_second_rise", crp(20, day(40)), crp(21, day(50)), crp(60, day(45), "furlong"), at=day(60), says=("no on 2025-05-04 [21 mg/L; the value before]", "unknown on 2025-04-29 as unreadable [unknown unit]")),
    case("an unreadable one before both", "crp_second_rise", crp(20, day(40)), crp(21, day(50)), crp(60, day(35), "furlong"), at=day(60), says="no on 2025-05-04 [21 mg/L; the value before]"),
    case("a rise stands beside an unreadable one", "crp_second_rise", crp(20, day(40)), crp(61, day(50)), crp(60, day(55), "furlong"), at=day(60), says="yes on 2025-05-04 [61 mg/L; the value before]"),
    case("one value is no series", "crp_second_rise", crp(61, day(50)), at=day(60), says=()),
    case("one value beside an unreadable one", "crp_second_rise", crp(61, day(50)), crp(60, day(55), "furlong"), at=day(60), says="unknown on 2025-05-09 as unreadable [unknown unit]"),
    case("an undated value is in no series", "crp_second_rise", crp(20, day(40)), crp(61, None), at=day(60), says=()),
    case("a value of before surgery is in no series", "crp_second_rise", crp(20, day(-4)), crp(61, day(8)), at=day(10), says=()),
    case("values of the first days are in no series", "crp_second_rise", crp(20, day(1)), crp(61, day(3)), at=day(10), says=()),
    case("the first day after the kinetics starts one", "crp_second_rise", crp(20, day(5)), crp(61, day(8)), at=day(10), says="yes on 2025-03-23 [61 mg/L; the value before]"),
    case("the day before does not", "crp_second_rise", crp(20, day(4)), crp(61, day(8)), at=day(10), says=()),
    case("without a dated operation no day is too early", "crp_second_rise", crp(20, day(1)), crp(61, day(3)), at=day(10), bare=True, says="yes on 2025-03-18 [61 mg/L; the value before]"),
    case("too early after surgery", "crp_settled", crp(40, day(11)), at=day(20), says="no on 2025-03-26 (sample too early after surgery) [40 mg/L]"),
    case("the last day that is too early", "crp_settled", crp(40, day(27)), at=day(29), says="no on 2025-04-11 (sample too early after surgery) [40 mg/L]"),
    case("the first day that is late enough", "crp_settled", crp(40, day(28)), at=day(29), says="yes 40 on 2025-04-12 [40 mg/L]"),
    case("late enough", "crp_settled", crp(40, day(41)), at=day(50), says="yes 40 on 2025-04-25 [40 mg/L]"),
    case("the latest counts", "crp_settled", crp(40, day(41)), crp(3, day(43)), at=day(50), says="yes 3 on 2025-04-27 [3 mg/L]"),
    case("without a dated operation no day is too early", "crp_settled", crp(40, day(2)), at=day(50), bare=True, says="yes 40 on 2025-03-17 [40 mg/L]"),
    case("undated", "crp_settled", crp(40, None), at=day(50), says="yes 40 on 2025-05-04 (undated, taken as of today) [40 mg/L]"),
    case("of before surgery", "crp_settled", crp(40, day(-1)), at=day(50), says=()),
    case("an unreadable one that may be later", "crp_settled", crp(40, day(41)), crp(60, day(45), "furlong"), at=day(60), says=("unknown on 2025-04-29 as unreadable [unknown unit]", "yes 40 on 2025-04-25 [40 mg/L]")),
    case("an unreadable one that is surely older", "crp_settled", crp(40, day(46)), crp(60, day(45), "furlong"), at=day(60), says="yes 40 on 2025-04-30 [40 mg/L]"),
    case("never normal since", "fever_uncleared", temperature(102, day(10)), at=day(20), says="yes on 2025-03-25 [102 [degF]]"),
    case("101 is not above", "fever_uncleared", temperature(101, day(10)), at=day(20), says=()),
    case("100.4 is normal", "fever_uncleared", temperature(102, day(10)), temperature(100.4, day(11)), at=day(20), says=()),
    case("100.5 is not normal", "fever_uncleared", temperature(102, day(10)), temperature(100.5, day(11)), at=day(20), says="yes on 2025-03-25 [102 [degF]]"),
    case("normal earlier the same day, by the date alone", "fever_uncleared", temperature(102, day(10)), temperature(98, day(10)), at=day(20), says="yes on 2025-03-25 [102 [degF]]"),
    case("an undated fever is as of today", "fever_uncleared", temperature(102, None), temperature(98, day(10)), at=day(20), says="yes on 2025-04-04 (undated, taken as of today) [102 [degF]]"),
    case("an undated normal reading clears nothing", "fever_uncleared", temperature(102, day(9)), temperature(98, None), at=day(20), says="yes on 2025-03-24 [102 [degF]]"),
    case("an open lower limit is no fever", "fever_uncleared", temperature(102, day(9), comparator="<"), at=day(20), says=()),
    case("above 102 is a fever", "fever_uncleared", temperature(102, day(9), comparator=">"), at=day(20), says="yes on 2025-03-24 [at least 102 [degF]]"),
    case("above 98 clears nothing", "fever_uncleared", temperature(102, day(9)), temperature(98, day(10), comparator=">"), at=day(20), says="yes on 2025-03-24 [102 [degF]]"),
    case("below 98 clears", "fever_uncleared", temperature(102, day(9)), temperature(98, day(10), comparator="<"), at=day(20), says=()),
    case("unreadable, then normal", "fever_uncleared", temperature(102, day(9), "K"), temperature(98, day(10)), at=day(20), says=()),
    case("unreadable, not normal since", "fever_uncleared", temperature(102, day(11), "K"), temperature(98, day(10)), at=day(20), says="unknown on 2025-03-26 as unreadable [unknown unit]"),
    case("a fever if its unit is wrong", "temperature_suspect", temperature(102, day(11), "Cel"), at=day(20), says="yes on 2025-03-26 (impossible in the stated unit) [102 [degF] if the unit is wrong]"),
    case("a fever if its unit is wrong, normal since", "temperature_suspect", temperature(102, day(11), "Cel"), temperature(98, day(12)), at=day(20), says=()),
    case("normal if its unit is wrong", "temperature_suspect", temperature(98.6, day(11), "Cel"), at=day(20), says=()),
    case("100.4 if its unit is wrong is no fever", "temperature_suspect", temperature(100.4, day(11), "Cel"), at=day(20), says=()),
    case("undated, a fever if its unit is wrong", "temperature_suspect", temperature(102, None, "Cel"), at=day(20), says="yes on 2025-04-04 (impossible in the stated unit; undated, taken as of today) [102 [degF] if the unit is wrong]"),
    case("from a normal value", "crp_second_rise", crp(4, day(40)), crp(60, day(50)), at=day(60), says="yes on 2025-05-04 [60 mg/L; the value before]"),
    case("of two values of one moment one has no lower limit", "crp_second_rise", crp(20, day(40)), crp(60, day(50)), crp(90, day(50), comparator="<"), at=day(60), says="yes on 2025-05-04 [60 mg/L; the value before]"),
]
# fmt: on


@cases(CASES)
def test_what_the_fact_says(case: Case) -> None:
    tells(case)
