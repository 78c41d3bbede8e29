"""Requests made from openapi.yaml: no 5xx, and every answer is one that the document describes."""

import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS

from service.web.app import build, make_deps
from service.web.openapi import document
from service.web.recording import with_record
from service.web.settings import Settings
from tests.faults.conftest import NOW
from tests.stories.replay import book

FULL = os.environ.get("POSTFUSION_FULL") == "1"
WANTED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
OPERATIONS = {one.ok().label: one.ok() for one in schemathesis.openapi.from_dict(yaml.safe_load(document())).get_all_operations()}
del OPERATIONS["GET /openapi.yaml"]  # its schema says a text, and YAML is read as an object
EXAMPLES = settings(
    max_examples=200 if FULL else 8,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("service")
    return build(with_record(make_deps(Settings(data_dir=folder), book=book(), clock=lambda: NOW)))


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_the_service_keeps_to_its_document(app: Flask, label: str) -> None:
    checks = [one for one in CHECKS.get_all() if one.__name__ in WANTED]
    assert len(checks) == len(WANTED)

    @EXAMPLES
    @given(case=OPERATIONS[label].as_strategy())
    def keeps(case: Any) -> None:
        case.validate_response(case.call(base_url="http://localhost", app=app), checks=checks)

    keeps()
