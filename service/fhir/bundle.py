"""A body becomes a Chart: entries decoded one by one, filtered by type and code, and what could not be read kept by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import UNSET

from service.fhir.chart import Aside, Chart, Person, Reading, Refused, by_concept, by_type
from service.fhir.codes import CodeIndex, Match
from service.fhir.contained import contained
from service.fhir.dating import Undatable, dated, in_the_future
from service.fhir.decode import Parsed, is_bundle, open_bundle
from service.fhir.medications import Cabinet, cabinet_of, medication_matches
from service.fhir.near_misses import near_misses
from service.fhir.persons import doubts, person
from service.fhir.prefetch import KEYS, matters, open_prefetch, refuse_nothing
from service.fhir.quiet import quiet_places
from service.fhir.references import shown
from service.fhir.repeats import refuse_repeats
from service.fhir.select import Mine, choose, directory_of, require, settled, sort_out
from service.fhir.shapes import Clinical, Concept, Medication, MedicationRequest, MedicationStatement, Observation, Patient
from service.fhir.states import NoStatus, standing
from service.fhir.versions import newest


@dataclass(frozen=True, slots=True)
class Reader:
    """How a body is to be read: as of when, in which zone, with which codes; `faulty` names references known to be invalid, `quiet` the
    places of entries that no rule could read.
    """

    as_of: datetime
    zone: ZoneInfo
    index: CodeIndex
    faulty: Mapping[str, str]
    quiet: frozenset[str]


def read_bundle(
    body: bytes,
    as_of: datetime,
    zone: ZoneInfo,
    index: CodeIndex,
    patient: str | None = None,
    faulty: Mapping[str, str] | None = None,
    vetted: bool = False,
) -> Chart:
    """Read any Bundle. `vetted`: no key is repeated in it, that is known. Raises Refused: 400 for what is no Bundle, or repeats a
    key where a rule could read; 422 when its patient cannot be told.
    """
    if not is_bundle(body):
        raise Refused(400, "invalid", "The body is not a FHIR Bundle.", ("Bundle.resourceType",))
    opened = open_bundle(body)
    quiet = quiet_places(opened.entries, index)
    if not vetted:
        refuse_repeats(opened.entries, quiet, opened.doubtful, index)
    directory = directory_of(opened.entries)
    chosen = choose(opened.entries, directory, patient)
    mine = sort_out(opened.entries, directory, chosen, patient is not None, index)
    cut = [Aside(place, reason, relevant=True) for place, reason in opened.cut]
    blind = [_cut_off(kind, "Bundle", reason) for kind in _ALL if opened.cut for reason in (opened.cut[0][1],)]
    return _chart(mine, opened.entries, [*cut, *_unknown_kinds(opened.entries)], blind, Reader(as_of, zone, index, faulty or {}, quiet))


_ALL = ("Observation", "Condition", "Procedure", "DiagnosticReport", "MedicationRequest", "MedicationStatement")


def read_prefetch(
    prefetch: Mapping[str, bytes],
    patient: str,
    as_of: datetime,
    zone: ZoneInfo,
    index: CodeIndex,
    faulty: Mapping[str, str] | None = None,
    server: str | None = None,
    unfetched: Mapping[str, str] | None = None,
    vetted: bool = False,
) -> Chart:
    """Read a hook's prefetch. A key left out was not sent; `null` means no data. `unfetched`: why keys asked for could not be had.

    Raises Refused: 400 for a repeated key unless `vetted`, 412 when nothing can be judged, 422 for another patient.
    """
    brought = open_prefetch(prefetch)
    entries, lost = brought.entries, brought.lost
    quiet = quiet_places(entries, index)
    if not vetted:
        refuse_repeats(entries, quiet, brought.doubtful, index)
    refuse_nothing(lost, unfetched or {})
    lost |= {key: f"{lost[key]}: {reason}" for key, reason in (unfetched or {}).items() if key in lost}
    require(entries, patient)
    directory = directory_of(entries, server)
    settled(patient, directory)
    mine = sort_out(entries, directory, patient, True, index)
    aside = [Aside(f"prefetch.{key}", reason, relevant=matters(key, reason)) for key, reason in lost.items()]
    blind = [_cut_off(kind, f"prefetch.{key}", reason) for key, reason in lost.items() if matters(key, reason) for kind in KEYS[key][0]]
    return _chart(mine, entries, [*aside, *_unknown_kinds(entries)], blind, Reader(as_of, zone, index, faulty or {}, quiet))


_NOT_CLINICAL = (Patient, Medication)


def _cut_off(kind: str, place: str, reason: str) -> Reading:
    """Stands for everything of a type that may exist and was not sent: it forbids negative conclusions."""
    return Reading(kind, place, place, problem=reason)


def _unknown_kinds(entries: Iterable[Parsed]) -> list[Aside]:
    return [Aside(e.place, e.problem, relevant=True, code="structure") for e in entries if not e.kind]


def _chart(mine: Mine, entries: list[Parsed], aside: list[Aside], cut: list[Reading], reader: Reader) -> Chart:
    who = person(mine.patient, tuple(e.resource for e in mine.persons if isinstance(e.resource, Patient)), reader.as_of, reader.zone)
    cabinet = cabinet_of(entries, reader.index)
    heard = [entry for entry in newest(mine.entries) if entry.place not in reader.quiet]
    readings = [reading for entry in heard for reading in _readings(entry, who, reader, cabinet)]
    known = [r for r in readings if r.matches]
    lost = [r for r in readings if not r.matches]
    return Chart(
        person=who,
        by_concept=by_concept(known),
        blind=by_type([*cut, *lost]),
        aside=tuple([*aside, *doubts(mine.persons, reader.zone), *mine.aside, *_unread(mine, entries, reader)]),
        raw={shown(e.kind, e.identity, e.place): e.raw for e in heard},
        problems=tuple(r for r in readings if r.problem),
    )


def _unread(mine: Mine, entries: list[Parsed], reader: Reader) -> list[Aside]:
    """What lies in the body and is not read: contained resources, and codes that resemble ours."""
    return [*contained(mine.entries, entries, reader.index), *near_misses(mine.entries, reader.quiet, reader.index)]


def _readings(entry: Parsed, who: Person, reader: Reader, cabinet: Cabinet) -> list[Reading]:
    """The readings of one entry: none when its codes are not ours, one per coded component beside its own."""
    reference = shown(entry.kind, entry.identity, entry.place)
    matches = _matches(entry, reader.index, cabinet)
    if entry.problem:
        blind = entry.code is None
        return [Reading(entry.kind, entry.place, reference, matches=matches, problem=entry.problem)] if matches or blind else []
    parts = _components(entry, reader.index)
    if not matches and not parts and not _codeless(entry):
        return []
    base = _dated_reading(entry, reference, matches, who, reader)
    if base is None:
        return []
    whole = [base] if matches or base.problem else []
    return whole + [_part(base, number, entry, found) for number, found in parts]


def _matches(entry: Parsed, index: CodeIndex, cabinet: Cabinet) -> tuple[Match, ...]:
    resource = entry.resource
    if isinstance(resource, MedicationRequest | MedicationStatement):
        return medication_matches(resource, index, cabinet)
    code: Concept | None = getattr(resource, "code", None) or entry.code
    found = index.matches(code)
    if isinstance(resource, Observation) and not found:
        found = tuple(m for m in index.matches(resource.value_codeable_concept) if m.concept == "saddle-numbness")
    return found


def _codeless(entry: Parsed) -> bool:
    """A Condition, Observation or Procedure that says nothing of what it is could have been anything."""
    code = getattr(entry.resource, "code", None)
    return isinstance(entry.resource, Observation) and code is None


def _components(entry: Parsed, index: CodeIndex) -> list[tuple[int, tuple[Match, ...]]]:
    if not isinstance(entry.resource, Observation):
        return []
    found = [(number, index.matches(part.code)) for number, part in enumerate(entry.resource.component)]
    return [(number, matches) for number, matches in found if matches]


def _part(base: Reading, number: int, entry: Parsed, matches: tuple[Match, ...]) -> Reading:
    assert isinstance(entry.resource, Observation)  # noqa: S101  (only observations have components)
    component = entry.resource.component[number]
    problem = base.problem or ("modifierExtension" if component.modifier_extension is not UNSET else "")
    place = f"{base.place}.component[{number}]"
    return Reading(
        base.type, place, base.reference, base.resource, component, matches, base.when, base.standing, problem=problem, note=base.note
    )


class Unreadable(Exception):
    """A resource that may not be used; the message is constant."""


def _refuse(entry: Parsed, resource: Clinical, fault: str) -> None:
    """Raise Unreadable for what forbids the use of a resource whatever its status."""
    if resource.modifier_extension is not UNSET:
        raise Unreadable("it carries a modifierExtension that is not known")
    if fault:
        raise Unreadable(fault)


def _dated_reading(entry: Parsed, reference: str, matches: tuple[Match, ...], who: Person, reader: Reader) -> Reading | None:
    """The entry with its standing and date; None when its status leaves it out."""
    resource = entry.resource
    assert resource is not None and not isinstance(resource, _NOT_CLINICAL)  # noqa: S101  (decode gives a problem or a resource)

    def bad(problem: str) -> Reading:
        return Reading(entry.kind, entry.place, reference, matches=matches, problem=problem)

    try:
        _refuse(entry, resource, reader.faulty.get(reference, ""))
        stands = standing(resource)
        if stands is None:
            return None
        told = dated(resource, reader.zone, who.birth)
    except NoStatus:
        return bad("its status is missing or not known")
    except (Unreadable, Undatable) as error:
        return bad(str(error))
    if _codeless(entry):
        return bad("it has no code")
    if in_the_future(told.when, reader.as_of.astimezone(reader.zone).date()) and stands != "planned":
        return Reading(entry.kind, entry.place, reference, matches=matches, when=told.when, problem="it is dated in the future")
    return Reading(entry.kind, entry.place, reference, resource, None, matches, told.when, stands, note=told.note)
