"""The operation, fact by fact: its date, its age, its reach, and what stands in its way."""

from tests.fhir.build import INDEX, SNOMED, condition, day, finding, fusion, sites
from tests.fhir.charts import DECOMPRESSION, FBSS
from tests.fhir.facts import Case, case, cases, tells

# fmt: off
CASES = [
    case("the fusion itself", "last_lumbar_operation", at=day(20), says="yes 2025-03-15 on 2025-03-15 [lumbar fusion]"),
    case("a later decompression", "last_lumbar_operation", fusion(day(50), SNOMED, DECOMPRESSION), at=day(60), says="yes 2025-05-04 on 2025-05-04 [lumbar decompression]"),
    case("an earlier decompression", "last_lumbar_operation", fusion(day(-50), SNOMED, DECOMPRESSION), at=day(60), says="yes 2025-03-15 on 2025-03-15 [lumbar fusion]"),
    case("a decompression of the same day", "last_lumbar_operation", fusion(day(0), SNOMED, DECOMPRESSION), at=day(60), says="yes 2025-03-15 on 2025-03-15 [lumbar fusion]"),
    case("a decompression today", "last_lumbar_operation", fusion(day(60), SNOMED, DECOMPRESSION), at=day(60), says="yes 2025-05-14 on 2025-05-14 [lumbar decompression]"),
    case("a decompression still to come", "last_lumbar_operation", fusion(day(61), SNOMED, DECOMPRESSION), at=day(60), says="yes 2025-03-15 on 2025-03-15 [lumbar fusion]"),
    case("a decompression that was planned", "last_lumbar_operation", fusion(day(50), SNOMED, DECOMPRESSION, status="preparation"), at=day(60), says="yes 2025-03-15 on 2025-03-15 [lumbar fusion]"),
    case("the latest of two", "last_lumbar_operation", fusion(day(50), SNOMED, DECOMPRESSION), fusion(day(40), SNOMED, DECOMPRESSION), at=day(60), says="yes 2025-05-04 on 2025-05-04 [lumbar decompression]"),
    case("a decompression of a month that ends later than one of a day", "last_lumbar_operation", fusion("2025-05", SNOMED, DECOMPRESSION), fusion("2025-05-20", SNOMED, DECOMPRESSION), at="2025-07-01", says="yes 2025-05 on 2025-05 [lumbar decompression]"),
    case("an undated decompression", "last_lumbar_operation", fusion(None, SNOMED, DECOMPRESSION), at=day(60), says="yes 2025-03-15 on 2025-03-15 [lumbar fusion]"),
    case("a decompression of the lumbar spine", "last_lumbar_operation", fusion(day(50), SNOMED, DECOMPRESSION, bodySite=sites("122496007")), at=day(60), says="yes 2025-05-04 on 2025-05-04 [lumbar decompression]"),
    case("a decompression of the neck", "last_lumbar_operation", fusion(day(50), SNOMED, DECOMPRESSION, bodySite=sites("122494005")), at=day(60), says="yes 2025-03-15 on 2025-03-15 [lumbar fusion]"),
    case("no operation", "last_lumbar_operation", fusion(day(50), SNOMED, DECOMPRESSION), at=day(60), bare=True, says=()),
    case("an operation that cannot be read", "last_lumbar_operation", fusion(status="unheard-of"), at=day(60), bare=True, says="unknown as unreadable [its status is missing or not known]"),
    case("on the day", "days_since_index", at=day(0), says="yes 0 on 2025-03-15 [lumbar fusion]"),
    case("a day on", "days_since_index", at=day(1), says="yes 1 on 2025-03-15 [lumbar fusion]"),
    case("known to the month", "days_since_index", fusion("2025-03"), at="2025-04-10", bare=True, says="yes 10 to 40 on 2025-03 [lumbar fusion]"),
    case("within its own month", "days_since_index", fusion("2025-03"), at="2025-03-31", bare=True, says="yes 0 to 30 on 2025-03 [lumbar fusion]"),
    case("not known", "days_since_index", at="2025-04-10", bare=True, says=()),
    case("an operation that cannot be read", "days_since_index", fusion(status="unheard-of"), at="2025-04-10", bare=True, says="unknown as unreadable [its status is missing or not known]"),
    case("in completed months", "months_since_index", at="2025-09-14", says="yes 5 on 2025-03-15 [lumbar fusion]"),
    case("a month is complete on its day", "months_since_index", at="2025-09-15", says="yes 6 on 2025-03-15 [lumbar fusion]"),
    case("known to the month, in months", "months_since_index", fusion("2025-03"), at="2025-09-15", bare=True, says="yes 5 to 6 on 2025-03 [lumbar fusion]"),
    case("known to the day", "index_fusion", at=day(20), says="yes 2025-03-15 on 2025-03-15 [lumbar fusion]"),
    case("known to the month", "index_fusion", fusion("2025-03"), at=day(60), bare=True, says="yes 2025-03 on 2025-03 [lumbar fusion]"),
    case("an operation that cannot be read", "index_fusion", fusion(status="unheard-of"), at=day(60), bare=True, says="unknown as unreadable [its status is missing or not known]"),
    case("dated", "lumbar_fusion", at=day(20), says="yes [lumbar fusion]"),
    case("hinted at", "lumbar_fusion", condition(FBSS), at=day(20), bare=True, says="yes []"),
    case("nothing", "lumbar_fusion", at=day(20), bare=True, says=()),
    case("an operation that cannot be read", "lumbar_fusion", fusion(status="unheard-of"), at=day(20), bare=True, says="unknown as unreadable [its status is missing or not known]"),
    case("dated", "lumbar_fusion_dated", at=day(20), says="yes [lumbar fusion]"),
    case("hinted at", "lumbar_fusion_dated", condition(FBSS), at=day(20), bare=True, says="unknown as not recorded (date not recorded) []"),
    case("an operation that cannot be read goes before a hint", "lumbar_fusion_dated", condition(FBSS), fusion(status="unheard-of"), at=day(20), bare=True, says="unknown as unreadable [its status is missing or not known]"),
    case("dated", "fusion_date_missing", condition(FBSS), at=day(20), says=()),
    case("hinted at", "fusion_date_missing", condition(FBSS), at=day(20), bare=True, says="yes []"),
    case("to the day", "fusion_stage_unsettled", at=day(20), says=()),
    case("to a month that lies in one stage", "fusion_stage_unsettled", fusion("2025-03"), at="2025-08-01", bare=True, says=()),
    case("to a month that lies in two stages", "fusion_stage_unsettled", fusion("2025-03"), at="2025-09-15", bare=True, says="yes [lumbar fusion]"),
    case("coded to the sacrum", "fused_to_sacrum", fusion(INDEX, SNOMED, "25789004"), at=day(20), bare=True, says="yes [lumbar fusion]"),
    case("found to reach the sacrum", "fused_to_sacrum", finding("fused-to-sacrum", day(5)), at=day(20), says="yes on 2025-03-20 [present]"),
    case("found not to", "fused_to_sacrum", finding("fused-to-sacrum", day(5), False), at=day(20), says="no on 2025-03-20 [absent]"),
    case("not said", "fused_to_sacrum", at=day(20), says=()),
    case("before its own month is over", "days_since_index", fusion("2025-03"), at="2025-03-20", bare=True, says="yes 0 to 19 on 2025-03 [lumbar fusion]"),
]
# fmt: on


@cases(CASES)
def test_what_the_fact_says(case: Case) -> None:
    tells(case)
