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
    Service(
        id="postfusion-order-sign",
        hook="order-sign",
        title="Orders after lumbar fusion, when they are signed",
        description=(
            "Open red flags that come before an order, opioids in neuropathic pain or beside a gabapentinoid, work-up before the SI joint "
            "was examined, and spinal cord stimulation before causes are excluded."
        ),
    ),
    Service(
        id="postfusion-order-select",
        hook="order-select",
        title="Orders after lumbar fusion, when they are chosen",
        description="Open red flags that come before the orders just chosen, and opioids in neuropathic pain or beside a gabapentinoid.",
    ),
    Service(
        id="postfusion-encounter-start",
        hook="encounter-start",
        title="Pain after lumbar fusion, at the start of an encounter",
        description="What the patient-view service says, for clients that ask when an encounter begins.",
    ),
    Service(
        id="postfusion-encounter-discharge",
        hook="encounter-discharge",
        title="Discharge after lumbar fusion",
        description="Open red flags before a patient goes home, and the alarm signs to explain in the first two weeks.",
    ),
    Service(
        id="postfusion-problem-list",
        hook="problem-list-item-create",
        title="FBSS on the problem list",
        description="Which causes are still open when failed back surgery syndrome is about to be recorded, and open red flags.",
    ),
)
BY_ID: Final = {service.id: service for service in SERVICES}
HOOKS: Final = tuple(service.hook for service in SERVICES)
