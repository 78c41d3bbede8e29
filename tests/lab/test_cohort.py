"""Made-up patients: the same from the same seed, readable, and different enough to compare rules over."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fhir.resources.R4B import get_fhir_model_class

from service.evaluation import Question, evaluate_bundle
from service.lab.cohort import write_cohort
from tests.stories.replay import book

DAY = date(2026, 3, 1)


def test_one_seed_one_cohort() -> None:
    assert list(write_cohort(20, 1, DAY)) == list(write_cohort(20, 1, DAY))
    assert list(write_cohort(20, 1, DAY)) != list(write_cohort(20, 2, DAY))
    assert list(write_cohort(5, 1, DAY)) == list(write_cohort(20, 1, DAY))[:5]


def test_every_resource_is_valid_r4() -> None:
    for line in write_cohort(25, 1, DAY):
        assert line.endswith("\n") and line.count("\n") == 1
        for entry in json.loads(line)["entry"]:
            get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])


def test_no_date_lies_ahead() -> None:
    for line in write_cohort(50, 1, DAY):
        for entry in json.loads(line)["entry"]:
            for name in ("effectiveDateTime", "onsetDateTime", "performedDateTime", "birthDate"):
                assert entry["resource"].get(name, "2000-01-01") <= DAY.isoformat()


def test_many_rules_have_something_to_say() -> None:
    asked = Question(datetime(2026, 3, 1, tzinfo=ZoneInfo("UTC")), ZoneInfo("UTC"))
    said = {}
    for line in write_cohort(150, 1, DAY):
        for verdict in evaluate_bundle(line.encode(), asked, book()).verdicts:
            said.setdefault(verdict["rule"], set()).add(verdict["answer"])
    assert sum("yes" in answers for answers in said.values()) >= 15
