"""One client for all that looks at bad input: its clock stands at day 20 after the fusion."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.stories.asking import Ask
from tests.stories.replay import client


@pytest.fixture(scope="package")
def day_20() -> FlaskClient:
    return client(datetime(2025, 4, 4, 9, tzinfo=UTC))


@pytest.fixture
def ask(day_20: FlaskClient) -> Ask:
    """Post a body to /evaluate as of day 20; a query overrides."""

    def post(body: bytes | dict[str, Any], kind: str = "application/json", **query: Any) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return day_20.post("/evaluate", data=data, content_type=kind, query_string={"asOf": "2025-04-04"} | query)

    return post
