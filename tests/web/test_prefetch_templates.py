"""Prefetch templates follow from the rules of a hook, and keep to what CDS Hooks clients are asked to support."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.engine.vocabulary import FactSpec
from service.evaluation.codes import index_of
from service.evaluation.needs import ALWAYS, OF_PICKERS, keys_read
from service.fhir import read_bundle, set_scene
from service.fhir.chart import Chart, Reading
from service.fhir.pickers import PICKERS
from service.library import Book
from service.web.discovery import prefetch_templates
from service.web.services import HOOKS
from tests.fhir import build as fhir

MEDICINES, REPORTS = {"MedicationRequest", "MedicationStatement"}, {"DiagnosticReport"}
WHOLE = [*ALWAYS, "medications", "reports"]
# tokens that may stand in a template, and that every client must have at hand (CDS Hooks 2.0.1, context of each hook)
REQUIRED = {
    **{hook: {"userId", "patientId"} for hook in HOOKS},
    "encounter-start": {"userId", "patientId", "encounterId"},
    "encounter-discharge": {"userId", "patientId", "encounterId"},
}
READ = re.compile(r"[A-Z][A-Za-z]+/\{\{context\.(\w+)\}\}")
SEARCH = re.compile(r"[A-Z][A-Za-z]+\?[a-z\-]+(:in)?=[^&\s]+(&[a-z_\-]+(:in)?=[^&\s]+)*")


def faults(template: str, hook: str) -> list[str]:
    """What a client of the recommended subset could not do with a template."""
    tokens = re.findall(r"\{\{(.*?)\}\}", template)
    found = [f"token {one}" for one in tokens if one.removeprefix("context.") not in REQUIRED[hook] or not one.startswith("context.")]
    if not READ.fullmatch(template) and not SEARCH.fullmatch(template):
        found.append("shape")
    if "?" in template and "patient={{context.patientId}}" not in template:
        found.append("not held to one patient")
    names = [part.partition("=")[0] for part in template.partition("?")[2].split("&") if part]
    found += [f"parameter {one}" for one in names if one.startswith("_") and one not in ("_count", "_sort")]
    return found + (["too long"] if len(template) > 2000 else [])


@pytest.mark.parametrize("hook", HOOKS)
def test_the_recommended_subset(hook: str) -> None:
    templates = prefetch_templates(fhir.book(), hook)
    assert list(templates)[:4] == list(ALWAYS)
    assert not {key: found for key, template in templates.items() if (found := faults(template, hook))}


@pytest.mark.parametrize(
    "template",
    [
        "Observation?subject.name=x&patient={{context.patientId}}",
        "Observation?patient={{context.encounterId}}",
        "Observation?patient={{context.patientId}}&encounter={{context.encounterId}}",
        "Observation?patient={{userPatientId}}",
        "Observation?code=1",
        "Observation?code:not=1&patient={{context.patientId}}",
        "Observation?patient={{context.patientId}}&_include=Observation:subject",
        "https://ehr.example.org/Observation?patient={{context.patientId}}",
        "Observation?patient={{context.patientId}} ",
    ],
)
def test_the_lint_finds_what_is_outside_it(template: str) -> None:
    assert faults(template, "patient-view")


@pytest.mark.parametrize(
    ("hook", "keys"),
    [
        ("patient-view", WHOLE),
        ("encounter-start", WHOLE),
        ("order-sign", WHOLE),
        ("order-select", [*ALWAYS, "medications"]),
        ("encounter-discharge", [*ALWAYS]),
        ("problem-list-item-create", [*ALWAYS, "reports"]),
    ],
)
def test_a_hook_asks_for_what_its_rules_read(hook: str, keys: list[str]) -> None:
    assert list(prefetch_templates(fhir.book(), hook)) == keys


def without(*rules: str) -> Book:
    return replace(fhir.book(), versions={name: held for name, held in fhir.book().versions.items() if name not in rules})


def test_the_keys_follow_from_the_rules() -> None:
    assert "medications" in keys_read(fhir.book(), "order-select")
    assert "medications" not in keys_read(without("order-opioid-gabapentinoid"), "order-select")


def test_a_rule_that_is_only_asked_about_counts() -> None:
    """order-si-joint-unexamined reads reports through fbss-time-criteria alone."""
    assert "reports" in keys_read(without("order-neurostimulator-early"), "order-sign")
    assert "reports" not in keys_read(without("order-neurostimulator-early", "order-si-joint-unexamined"), "order-sign")


ASKED: set[str] = set()


class Spied(Chart):
    """A chart that remembers which types it was asked for."""

    def of(self, concepts: Iterable[str], types: tuple[str, ...]) -> list[Reading]:
        ASKED.update(types)
        return super().of(concepts, types)


def types_read(spec: FactSpec) -> set[str]:
    """The types the picker of `spec` asks a rich chart for."""
    vocabulary = fhir.book().vocabularies["1.0.0"]
    index = index_of(vocabulary)
    moment, zone = datetime(2026, 3, 1, tzinfo=UTC), ZoneInfo("UTC")
    rows = [fhir.fusion(), fhir.nrs(5, fhir.day(300), fhir.BUTTOCK), fhir.finding("pain-night", fhir.day(340))]
    chart = read_bundle(json.dumps(fhir.bundle(fhir.patient(), *rows)).encode(), moment, zone, index)
    members: dict[str, Any] = {name: getattr(chart, name) for name in Chart.__dataclass_fields__}
    spied = Spied(**members)
    ASKED.clear()
    PICKERS[spec.picker](replace(set_scene(chart, moment, zone, index), chart=spied), spec)
    return set(ASKED)


@pytest.mark.parametrize("spec", fhir.book().vocabularies["1.0.0"].facts.values(), ids=lambda spec: str(spec.name))
def test_no_other_picker_reads_medicines_or_reports(spec: FactSpec) -> None:
    asked = types_read(spec)
    found = {"medications"} if asked & MEDICINES else set()
    found |= {"reports"} if asked & REPORTS else set()
    assert found == ({OF_PICKERS[spec.picker]} if spec.picker in OF_PICKERS else set())
