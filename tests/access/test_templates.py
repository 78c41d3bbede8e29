"""Templates filled from the context."""

import pytest

from service.access.templates import filled, is_search, kind_asked


@pytest.mark.parametrize(
    ("template", "context", "address"),
    [
        ("Patient/{{context.patientId}}", {"patientId": "p-1.a"}, "Patient/p-1.a"),
        (
            "Condition?patient={{ context.patientId }}&encounter={{context.encounterId}}",
            {"patientId": "p", "encounterId": "e"},
            "Condition?patient=p&encounter=e",
        ),
        ("Observation?patient={{context.patientId}}", {"patientId": "p&_count=1/../x"}, "Observation?patient=p%26_count%3D1%2F..%2Fx"),
        ("Patient/{{context.patientId}}", {"patientId": ".."}, None),
        ("Patient/{{context.patientId}}", {"patientId": "a\r\nb"}, None),
        ("Patient/{{context.patientId}}", {"patientId": ""}, None),
        ("Patient/{{context.patientId}}", {}, None),
        ("Practitioner/{{userPractitionerId}}", {"patientId": "p"}, None),
        ("Observation?date=ge{{today() - 9 days}}", {}, None),
    ],
)
def test_filling(template: str, context: dict[str, str], address: str | None) -> None:
    assert filled(template, context) == address


def test_what_a_template_asks_for() -> None:
    assert kind_asked("Patient/{{context.patientId}}") == "Patient"
    assert kind_asked("Condition?patient=1") == "Condition"
    assert is_search("Condition?patient=1") and not is_search("Patient/1")
