"""Numbers no body could have are set aside by name; no picker trips over them."""

import pytest

from tests.fhir.build import ask, fusion, temperature


@pytest.mark.parametrize("value", [1e50, -1e50, 1e300, 5e-324])
@pytest.mark.parametrize("unit", ["Cel", "[degF]", None])
def test_an_absurd_temperature_is_a_notice_and_no_fault(value: float, unit: str | None) -> None:
    told = ask(fusion(), temperature(value, "2025-04-03", unit), as_of="2025-04-04")
    assert told.thrown == ()
    assert told.shown.get("data-unreadable") == "warning"
