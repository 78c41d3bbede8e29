"""Made-up bytes at every reader of bodies, and every input that was ever worth keeping (tests/faults/fuzz_corpus) again."""

import json
import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings

from tests.assurance import record
from tests.faults.fuzz import making, targets
from tests.faults.fuzz.targets import TARGETS, Target, Unlike

FULL = os.environ.get("POSTFUSION_FULL") == "1"
SAVED = Path(__file__).parent / "fuzz_corpus"
FILES = sorted(SAVED.glob("*/*"))


def examples(often: int, full: int) -> settings:
    return settings(
        max_examples=full if FULL else often, deadline=None, derandomize=not FULL, database=None, suppress_health_check=list(HealthCheck)
    )


def test_the_saved_corpus_is_there_and_small() -> None:
    assert {path.parent.name for path in FILES} == set(TARGETS)
    assert len(FILES) > 300
    assert all(path.stat().st_size <= 4096 for path in FILES)


@pytest.mark.parametrize("name", TARGETS)
def test_the_saved_corpus(name: str) -> None:
    """Each file at its own target, and at the reader of JSON, which sees all of them first."""
    for path in FILES:
        if path.parent.name == name:
            TARGETS[name](path.read_bytes())
            targets.strict_json(path.read_bytes())


@pytest.mark.parametrize("name", [one for one in TARGETS if one != "service"])
def test_made_up_bytes(name: str) -> None:
    @examples(400, 5_000)
    @given(making.anything)
    @example(b"\xef\xbb\xbf{}")
    @example(b'{"a":1,"\\u0061":2}')
    @example(b'{"a":"\\ud800"}')
    def reads(data: bytes) -> None:
        TARGETS[name](data)

    reads()
    record("fuzz", f"{5_000 if FULL else 400:,} made-up bodies, 0 other outcomes", name)


@pytest.mark.slow
@examples(60, 1_000)
@given(making.anything)
def test_made_up_bytes_at_the_service(data: bytes) -> None:
    targets.service(data)


@pytest.mark.slow
@examples(150, 2_000)
@given(making.said_twice())
def test_a_key_said_twice_in_a_large_body_decides_nothing(open_service: FlaskClient, made: tuple[bytes, bytes, bytes]) -> None:
    """Where the reader of the first and the reader of the last would see different charts, the body is refused."""
    twice, first, last = (_cards(open_service, making.large(body)) for body in made)
    if first != last:
        assert twice is None, (first, last, twice)
    elif twice is not None:
        assert twice == first


def _cards(client: FlaskClient, body: bytes) -> list[str] | None:
    """The rules that are shown; None for a refusal."""
    response = client.post("/evaluate", data=body, content_type="application/json")
    assert response.status_code in (200, *targets.REFUSALS)
    if response.status_code != 200:
        return None
    return [card["extension"]["org.postfusion"]["rule"] for card in json.loads(response.data)["cards"]]


def _raises(_: bytes) -> None:
    raise Unlike("x")


@pytest.mark.parametrize(
    ("part", "target", "data"),
    [
        ("split", targets.strict_json, b'{"a": 1}'),
        ("told_by_json", targets.strict_json, b"[]"),
        ("check_members", targets.strict_json, b'{"a": 1, "a": 2}'),
    ],
)
def test_the_targets_can_fail(monkeypatch: pytest.MonkeyPatch, part: str, target: Target, data: bytes) -> None:
    """A reader that takes everything, or says something else, is noticed."""
    lenient = {"split": lambda _: {"a": b"2"}, "told_by_json": lambda _: {"a": "1"}, "check_members": lambda _: True}[part]
    monkeypatch.setattr(targets, part, lenient)
    if part == "check_members":
        monkeypatch.setattr(targets, "split", json.loads)
    with pytest.raises((Unlike, AssertionError)):
        target(data)
