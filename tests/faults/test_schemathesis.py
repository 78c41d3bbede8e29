"""Requests made from openapi.yaml: no 5xx, and every answer is one that the document describes."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from service.web.app import build, make_deps
from service.web.recording import with_record
from service.web.settings import Settings
from tests.faults.conftest import NOW
from tests.stories.replay import ROOT, book

FULL = os.environ.get("POSTFUSION_FULL") == "1"
WANTED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance", "response_headers_conformance")


def _schema(folder: Any) -> Any:
    app = build(with_record(make_deps(Settings(data_dir=folder), book=book(), clock=lambda: NOW)))
    return schemathesis.openapi.from_wsgi("/openapi.yaml", app)


@pytest.fixture
def api(tmp_path: Any) -> Any:
    return _schema(tmp_path)


schema = schemathesis.pytest.from_fixture("api")


@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=100 if FULL else 6,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_service_keeps_to_its_document(case: Any) -> None:
    case.call_and_validate(checks=[one for one in CHECKS.get_all() if one.__name__ in WANTED])
