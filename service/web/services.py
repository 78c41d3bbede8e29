"""The CDS services this release offers: one id per hook, since common clients know a service by its URL alone."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Service:
    """One CDS Hooks service as discovery names it."""

    id: str
    hook: str
    title: str
    description: str


SERVICES: Final = (
    Service(
        id="postfusion-patient-view",
        hook="patient-view",
        title="Pain after lumbar fusion",
        description=(
            "Red flags, the time criteria for failed back surgery syndrome, SI-joint suspicion and the recovery stage "
            "of a patient with a lumbar fusion, each with the rule version and the facts behind it."
        ),
    ),
)
BY_ID: Final = {service.id: service for service in SERVICES}
HOOKS: Final = tuple(service.hook for service in SERVICES)
