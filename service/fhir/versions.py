"""Several copies of one resource: the newest stands for all, whatever the order they were sent in."""

from collections.abc import Iterable

from service.fhir.decode import Parsed

_CORRECTED = frozenset({"amended", "corrected", "appended", "entered-in-error"})

Rank = tuple[str, str, int, bool, bytes]


def newest(entries: Iterable[Parsed]) -> list[Parsed]:
    """Keep one entry for each type and id, at the place of the first. Entries without an id are all kept."""
    best: dict[tuple[str, str], Parsed] = {}
    kept: dict[int, Parsed | tuple[str, str]] = {}
    for number, entry in enumerate(entries):
        if entry.identity is None:
            kept[number] = entry
            continue
        key = (entry.kind, entry.identity)
        if key not in best:
            best[key] = entry
            kept[number] = key
        elif best[key].raw != entry.raw and _rank(entry) > _rank(best[key]):
            best[key] = entry
    return [one if isinstance(one, Parsed) else best[one] for one in kept.values()]


def _rank(entry: Parsed) -> Rank:
    """Newer first by the server's own marks, then by issue date, then a corrected status; the bytes settle what is left."""
    meta = getattr(entry.resource, "meta", None)
    version = meta.version_id if meta else None
    number = int(version) if version and version.isascii() and version.isdigit() and len(version) < 10 else 0
    issued = getattr(entry.resource, "issued", None) or getattr(entry.resource, "recorded_date", None) or ""
    status = getattr(entry.resource, "status", None)
    return (meta.last_updated or "" if meta else "", issued, number, status in _CORRECTED, entry.raw)
