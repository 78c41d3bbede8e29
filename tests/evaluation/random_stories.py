"""Charts told over two years, made from a seed: every kind of reading, some undated, partly dated or unreadable."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from service.fhir.pickers.sij import TESTS
from tests.stories import chart as a

Resource = dict[str, Any]
SAID = (
    "foot-drop-new", "bladder-dysfunction-new", "saddle-sensory-change", "pain-night", "wound-drainage-restarted", "tinel-progression",
    "numbness-shrinking", "pain-worse-sitting", "slr-test", "workup-mri", "workup-infection-screen", "workup-sij", "functional-limitation",
)  # fmt: skip
DIAGNOSES = ("M54.50", "G83.4", "R33.9", "M96.1", "M54.16", "M53.3", "T81.40XA", "M54.17", "G57.00", "M96.0")


def story(seed: int, most: int = 60) -> tuple[date, bytes]:
    """The day of the (first) operation, and the Bundle."""
    random = Random(seed)  # noqa: S311 a seed makes the same chart everywhere
    operation = date(2024, random.randint(1, 12), random.randint(1, 28))
    when = _dates(random, operation)
    given = [a.fusion(operation.isoformat() if random.random() < 0.8 else operation.isoformat()[:7])]
    given += [a.procedure(a.DECOMPRESSION, when())] if random.random() < 0.3 else []
    given += [a.fusion((operation + timedelta(days=random.randint(100, 600))).isoformat(), id="second")] if random.random() < 0.2 else []
    makers = _makers(random, when)
    given += [random.choice(makers)() for _ in range(random.randint(3, most))]
    return operation, a.chart(*given, patient=_person(random, operation))


def _dates(random: Random, operation: date) -> Callable[[], str | None]:
    def when() -> str | None:
        day = (operation + timedelta(days=random.randint(-120, 760))).isoformat()
        forms = [day] * 16 + [day[:7], day[:4], None] + [f"{day}T{random.randint(0, 23):02d}:00:00Z"] * 2
        return random.choice(forms)

    return when


def _person(random: Random, operation: date) -> Resource:
    turns_18 = operation.replace(year=operation.year - 18) + timedelta(days=random.randint(0, 700))
    born = random.choice(["1970-01-01", turns_18.isoformat(), turns_18.isoformat()[:7], None])
    died = {"deceasedDateTime": (operation + timedelta(days=random.randint(0, 700))).isoformat()} if random.random() < 0.1 else {}
    return a.person(birth=born, **died)


def _makers(random: Random, when: Callable[[], str | None]) -> list[Callable[[], Resource]]:
    pick, number, truth = random.choice, random.randint, lambda: random.random() < 0.5
    return [
        lambda: a.nrs(number(0, 10), when(), region=pick(["leg", "back", "buttock", ""])),
        lambda: a.nrs(number(0, 10), when(), region=pick(["leg", "back", "buttock", ""])),
        lambda: a.temperature(pick([36.8, 37.1, 38.4, 39.0]), when(), unit=pick(["Cel", "Cel", ""])),
        lambda: a.crp(pick([3.0, 8.0, 40.0]), when()),
        lambda: a.odi(float(number(10, 60)), when()),
        lambda: a.grade(number(2, 5), when(), side=pick(["left", "right"])),
        lambda: a.choice("pain-quality", pick(["burning", "tingling", "dull-ache"]), when()),
        lambda: a.choice("pain-distribution", pick(["buttock-only", "L5"]), when()),
        lambda: a.condition(pick(DIAGNOSES), when(), clinical=pick(["active", "resolved"]), verification=pick(["confirmed", "refuted"])),
        lambda: a.finding(pick(TESTS), truth(), when(), side=pick(["left", "right", ""])),
        lambda: a.finding(pick(SAID), truth(), when(), side=pick(["left", "right", ""])),
        lambda: a.residual(float(pick([100, 250, 700])), when()),
        lambda: a.finding("sij-block-relief", float(number(0, 100)), when(), unit="%"),
        lambda: a.finding("dn4-total", number(0, 10), when()),
        lambda: a.observation("8310-5", "not a number", when()),
        lambda: a.medication(pick(["7804", "25480"]), authoredOn=when() or "2024-05-01"),
        lambda: a.report(pick(["24968-4", "36801-9"]), when()),
    ]


def cut(body: bytes, day: date) -> bytes:
    """The Bundle as it stood on a day: what is dated later than the day after it is not there yet."""
    bundle = json.loads(body)
    bundle["entry"] = [entry for entry in bundle["entry"] if not _ahead(entry["resource"], day + timedelta(days=1))]
    return json.dumps(bundle).encode()


def _ahead(resource: Resource, last: date) -> bool:
    names = ("effectiveDateTime", "performedDateTime", "onsetDateTime", "authoredOn")
    text = next((resource[name] for name in names if name in resource), "")
    return bool(text) and text[:10] > last.isoformat()[: len(text[:10])]
