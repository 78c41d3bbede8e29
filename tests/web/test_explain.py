"""explain=full over HTTP and on the command line: what is in the way of each rule that does not answer yes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from service.cli import main
from tests.stories import chart as a
from tests.stories.replay import book, client

BODY = a.chart(a.fusion("2025-03-15"), a.nrs(6, "2025-08-01", region="leg"), a.odi(40.0, "2025-08-01"))


def ask(service: FlaskClient, body: bytes = BODY, **query: str) -> Any:
    asked = {"asOf": "2025-08-10", **query}
    return service.post("/evaluate", data=body, content_type="application/json", query_string=asked)


def in_the_way(answer: Any, rule: str) -> list[dict[str, str]]:
    (verdict,) = [one for one in answer.json["verdicts"] if one["rule"] == rule]
    found: list[dict[str, str]] = verdict.get("inTheWay", [])
    return found


def test_what_is_in_the_way() -> None:
    answer = ask(client(), explain="full")
    first, second = in_the_way(answer, "fbss-time-criteria")
    assert first == {
        "criterion": "six_months",
        "says": "The last lumbar operation was at least 6 months ago",
        "answer": "no",
        "needs": "met from 2025-09-15 on",
    }
    assert second["criterion"] == "persistent"
    assert second["needs"].endswith("needs: significant pain has persisted, with a score of 4 or more, dated 2025-05-12 or later")
    assert all(one.get("inTheWay") for one in answer.json["verdicts"] if one["answer"] != "yes")
    assert not any(one.get("inTheWay") for one in answer.json["verdicts"] if one["answer"] == "yes")


def test_rules_about_judging_itself_are_explained_too() -> None:
    answer = ask(client(), explain="full")
    assert [one["criterion"] for one in in_the_way(answer, "data-unreadable")] == ["unreadable"]


def test_only_when_it_is_asked_for() -> None:
    for explain in ("yes", "no"):
        assert "inTheWay" not in ask(client(), explain=explain).get_data(as_text=True)


def test_without_the_way_the_answers_are_the_same() -> None:
    full, bare = (ask(client(), explain=explain).json for explain in ("yes", "no"))
    way = ("ways", "steps", "checks")
    assert all("steps" in verdict for verdict in full["verdicts"])
    assert [{name: value for name, value in one.items() if name not in way} for one in full["verdicts"]] == bare["verdicts"]
    assert {**full, "verdicts": bare["verdicts"], "cards": bare["cards"]} == bare


@pytest.mark.parametrize("form", ["table", "json"])
def test_the_command_line_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr("service.web.serving.load_book", lambda *_, **__: book())  # its lock has tests of its own
    file = tmp_path / "bundle.json"
    file.write_bytes(BODY)
    told = CliRunner().invoke(main, ["evaluate", str(file), "--as-of", "2025-08-10", "--explain", "full", "--format", form])
    assert told.exit_code == 0, told.output
    if form == "json":
        assert json.loads(told.stdout)["verdicts"] == ask(client(), explain="full").json["verdicts"]
    else:
        assert "What is in the way of the other rules" in told.stdout
        assert "The last lumbar operation was at least 6 months ago: met from 2025-09-15 on" in told.stdout
