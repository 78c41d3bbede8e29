"""The keys of a hook's prefetch: what each brought, and why one brought nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.fhir.chart import Refused
from service.fhir.decode import NotJson, Opened, Parsed, is_bundle, kind_of, open_bundle, parse_resource

# which resource types a failed prefetch key leaves in the dark, and whether the key is optional input
KEYS: dict[str, tuple[tuple[str, ...], bool]] = {
    "patient": (("Patient",), True),
    "conditions": (("Condition",), False),
    "observations": (("Observation",), False),
    "procedures": (("Procedure",), False),
    "medications": (("MedicationRequest", "MedicationStatement"), True),
    "reports": (("DiagnosticReport",), True),
}
JUDGING_KEYS = ("conditions", "observations", "procedures")
_NOT_SENT, _FAILED = "was not sent", "could not be fetched"


@dataclass(slots=True)
class Brought:
    """The entries of all keys, what of them repeats a key for all that is known, and by key why it is not all it should be."""

    entries: list[Parsed] = field(default_factory=list)
    doubtful: list[tuple[bytes, str]] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)


def is_optional(key: str) -> bool:
    """True for a prefetch key without which nothing is in doubt."""
    return key in KEYS and KEYS[key][1]


def matters(key: str, reason: str) -> bool:
    """Medications and reports are optional input: left out they are no news, failed or cut short they are."""
    return key != "patient" and not (KEYS[key][1] and reason == _NOT_SENT)


def open_prefetch(prefetch: Mapping[str, bytes]) -> Brought:
    """Take every key of ours apart. A key left out was not sent; `null` means no data."""
    brought = Brought()
    for key in KEYS:
        opened = _open_key(key, prefetch.get(key), brought.lost)
        brought.entries.extend(opened.entries)
        brought.doubtful.extend(opened.doubtful)
    return brought


def refuse_nothing(lost: Mapping[str, str], unfetched: Mapping[str, str]) -> None:
    """Raise Refused 412 when none of the keys is there by which anything could be judged; with why, if fetching them was tried."""
    if any(lost.get(key) not in (_NOT_SENT, _FAILED) for key in JUDGING_KEYS):
        return
    tried = sorted({unfetched[key] for key in JUDGING_KEYS if key in unfetched})
    why = f" They could not be fetched: {'; '.join(tried)}." if tried else ""
    text = f"The data needed to judge anything was not sent: see the prefetch keys named in expression.{why}"
    raise Refused(412, "incomplete", text, tuple(f"prefetch.{key}" for key in JUDGING_KEYS))


def _open_key(key: str, value: bytes | None, lost: dict[str, str]) -> Opened:
    """What one prefetch key brings; `lost` is told when that is not all it should."""
    place = f"prefetch.{key}"
    if value is None:
        lost[key] = _NOT_SENT
    elif value.strip() != b"null":
        kind = "Bundle" if is_bundle(value) else kind_of(value)
        opened = _opened(value, place) if kind == "Bundle" else None
        if opened is not None:
            if opened.cut:
                lost[key] = opened.cut[0][1]
            return opened
        if kind in KEYS[key][0]:
            return Opened([parse_resource(value, kind, place)], [])
        lost[key] = _FAILED
    return Opened([], [])


def _opened(value: bytes, place: str) -> Opened | None:
    try:
        return open_bundle(value, place)
    except NotJson:
        raise
    except Refused:
        return None
