"""POST /timeline over HTTP: the answer, and every status it documents. What the days are is tested beside the evaluation."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.openapi import document
from service.web.settings import Settings
from tests.stories import chart as a
from tests.stories.replay import client as whole_client
from tests.stories.replay import request_on, utc_noon
from tests.web.conftest import MARKER, refused

STORY = a.chart(a.fusion("2025-03-15"), a.finding("foot-drop-new", True, "2025-06-10", side="left"))
