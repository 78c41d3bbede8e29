"""A chart on another day than the one it was read for: what is dated later is not there yet."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from service.fhir.chart import Chart, Person, Reading
from service.fhir.dating import in_the_future

LATE = datetime(9998, 12, 30, tzinfo=UTC)  # a chart read as of this day has no reading set aside for lying in the future


def on_day(chart: Chart, moment: datetime, zone: ZoneInfo) -> Chart:
    """`chart`, read as of LATE, as it stood at `moment`. One day of clock difference is allowed, as everywhere.

    What cannot be read, or has no date, is there from the start.
    """
    day = moment.astimezone(zone).date()
    held = {concept: _there(readings, day) for concept, readings in chart.by_concept.items()}
    blind = {kind: _there(readings, day) for kind, readings in chart.blind.items()}
    return replace(chart, person=_alive_or_not(chart.person, moment), by_concept=held, blind=blind)


def _there(readings: tuple[Reading, ...], day: date) -> tuple[Reading, ...]:
    return tuple(reading for reading in readings if not in_the_future(reading.when, day))


def _alive_or_not(person: Person, moment: datetime) -> Person:
    return replace(person, deceased=person.deceased and (person.died is None or person.died <= moment))
