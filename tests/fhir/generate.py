"""Random charts: a patient with a lumbar fusion and a handful of findings, scores, diagnoses and measurements near the thresholds.

POSTFUSION_EXAMPLES says how many charts each relation is tried on (30 unless set); POSTFUSION_SHRINK=1 makes a failing chart small,
which takes minutes.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.fhir.build import (
    BACK,
    BUTTOCK,
    ICD10,
    INDEX,
    LEFT,
    LEG,
    PERINEUM,
    RIGHT,
    Json,
    Told,
    ask_bundle,
    bundle,
    condition,
    crp,
    day,
    finding,
    fusion,
    grade,
    nrs,
    odi,
    patient,
    residual,
    sites,
    temperature,
    verified,
)

EXAMPLES = int(os.environ.get("POSTFUSION_EXAMPLES", "30"))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
PHASES = [Phase.explicit, Phase.generate] + ([Phase.shrink] if os.environ.get("POSTFUSION_SHRINK") else [])
relation = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=SLOW, phases=PHASES)

ALARMS = ("saddle-sensory-change", "bladder-dysfunction-new", "bowel-dysfunction-new", "anal-tone-reduced", "foot-drop-new")
OTHERS = ("leg-strength-sudden-loss", "wound-redness-increasing", "wound-drainage-restarted", "mechanical-pain-sudden-new", "pain-night")
TESTS = ("sij-distraction", "sij-thigh-thrust", "sij-compression", "faber-test", "slr-test", "functional-limitation")
DIAGNOSES = ("192970008", "236648008", "6077001", "58126003", "225553008", "386661006", "279039007", "202487003", "279043006", "202725007")
AGES = (0, 1, 2, 3, 4, 13, 14, 15, 16, 60, 89, 90, 91, 92, 120)
LENGTHS = (0, 1, 2, 3, 14, 27, 28, 41, 42, 60, 61, 70, 90, 91, 92, 120, 183, 184, 200, 300, 365, 366, 400, 731)


@dataclass(frozen=True)
class Chart:
    """Resources of the reference patient and the day of the question, counted from the operation."""

    resources: tuple[Json, ...]
    length: int

    @property
    def as_of(self) -> str:
        return day(self.length)

    def body(self, **members: Any) -> Json:
        return bundle(patient(), *self.resources, **members)

    def told(self) -> Told:
        return ask_bundle(self.body(), self.as_of)

    def but(self, change: Callable[[Json], Json]) -> Told:
        """The answer after a change of every resource."""
        return ask_bundle(bundle(patient(), *(change(json.loads(json.dumps(one))) for one in self.resources)), self.as_of)


@st.composite
def moments(draw: st.DrawFn, length: int) -> str:
    """A day of an age near the limits, with or without a time of day; never before the month that precedes the operation."""
    when = day(max(length - draw(st.sampled_from(AGES)), -30))
    return draw(st.sampled_from((when, f"{when}T08:30:00Z", f"{when}T16:05:09Z")))


def _findings(when: str) -> st.SearchStrategy[Json]:
    names = st.sampled_from(ALARMS + OTHERS + TESTS)
    side = st.sampled_from(((), (LEFT,), (RIGHT,)))
    return st.builds(lambda name, yes, at: finding(name, when, yes, site=at), names, st.booleans(), side)


def _measured(when: str) -> st.SearchStrategy[Json]:
    return st.one_of(
        st.builds(lambda v: temperature(v, when), st.sampled_from((98.6, 100.4, 100.5, 101.0, 101.1, 103.0))),
        st.builds(lambda v: crp(v, when), st.sampled_from((5, 10, 11, 40, 100))),
        st.builds(lambda v: residual(v, when), st.sampled_from((50, 200, 201, 599, 600, 900))),
        st.builds(lambda v: odi(v, when), st.sampled_from((10, 20, 21, 44))),
        st.builds(lambda v, s: nrs(v, when, s), st.integers(0, 10), st.sampled_from((None, LEG, BUTTOCK, BACK))),
        st.builds(lambda v, s: grade(v, when, "L5", s), st.integers(1, 5), st.sampled_from((LEFT, RIGHT))),
    )


def _diagnoses(when: str) -> st.SearchStrategy[Json]:
    words = st.sampled_from(("confirmed", "confirmed", "provisional", "refuted"))
    plain = st.builds(lambda code, word: condition(code, when, **verified(word)), st.sampled_from(DIAGNOSES), words)
    numb = st.just(condition("44077006", when, bodySite=sites(PERINEUM)))
    return st.one_of(plain, numb, st.just(condition("T81.44XA", when, ICD10)))


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """A chart with the fusion of the reference example and up to eight readings."""
    length = draw(st.sampled_from(LENGTHS))
    readings = []
    for _ in range(draw(st.integers(0, 8))):
        when = draw(moments(length))
        readings.append(draw(st.one_of(_findings(when), _measured(when), _diagnoses(when))))
    return Chart((fusion(), *readings), length)


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def shifted(resource: Json, days: int) -> Json:
    """Every date moved by some days."""
    text = _DATE.sub(lambda m: (date.fromisoformat(m.group()) + timedelta(days=days)).isoformat(), json.dumps(resource))
    return dict(json.loads(text))


def in_offset(resource: Json, hours: float) -> Json:
    """Every instant written in another offset; days without a time stay."""
    zone = timezone(timedelta(hours=hours))
    text = _INSTANT.sub(lambda m: datetime.fromisoformat(m.group()).astimezone(zone).isoformat(), json.dumps(resource))
    return dict(json.loads(text))


def replaced(resource: Json, old: str, new: str) -> Json:
    return dict(json.loads(json.dumps(resource).replace(old, new)))


__all__ = ["INDEX", "Chart", "charts", "in_offset", "relation", "replaced", "shifted"]
