"""The readers of bodies, each as a function of bytes that raises nothing, unless the reader raised what it does not document.

`AssertionError` says what was broken. The same functions are fed by tests, by the saved corpus and by atheris.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from flask.testing import FlaskClient

from service.evaluation import is_body, tree_of
from service.evaluation.codes import index_of
from service.fhir import CodeIndex, Refused, read_bundle, read_prefetch
from service.web.app import build, make_deps
from service.web.envelope import read_hook_call
from service.web.feedback_body import Keeping, read_feedback
from service.web.problems import Problem
from service.web.services import HOOKS
from service.web.settings import Settings
from service.web.strict_json import check_bundle, check_members, check_text, split
from tests.stories.replay import book

NOW: Final = datetime(2025, 4, 4, 9, tzinfo=UTC)
ZONE: Final = ZoneInfo("UTC")
REFUSALS: Final = (400, 412, 413, 422)
DEEP: Final = 50  # levels that every reader takes; beyond 64 all refuse, and between the two it depends on what holds what
Target = Callable[[bytes], None]


class Unlike(AssertionError):
    """Two readers disagree."""


# --- the reader of JSON --------------------------------------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key is repeated")
    return dict(pairs)


def _constant(_: str) -> Any:
    raise ValueError("no JSON")


def told_by_json(data: bytes) -> dict[str, Any] | None:
    """What a strict reader made of Python's json says: an object, or None for what it refuses. Numbers stay texts."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def depth(value: Any) -> int:
    """Levels of objects and arrays."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def _halved(value: Any) -> bool:
    """True where half of a surrogate pair stands: JSON may spell it, but it is no character."""
    return any("\ud800" <= one <= "\udfff" for one in json.dumps(value, ensure_ascii=False))


def strict_json(data: bytes) -> None:
    """What is accepted, Python's strict reader accepts with the same value; what that accepts, ours refuses for depth or halves of pairs alone."""
    expected = told_by_json(data)
    try:
        check_text(data)
        vetted = check_members(data)
        members = split(data)
    except Problem as refused:
        assert refused.status in REFUSALS
        if expected is not None and depth(expected) <= DEEP and not _halved(expected):
            raise Unlike("refused, though it is strict JSON") from None
        return
    assert vetted, "small bodies are searched whole"
    if expected is None:
        raise Unlike("accepted, though it is no strict JSON")
    if {name: json.loads(raw, parse_int=str, parse_float=str) for name, raw in members.items()} != expected:
        raise Unlike("split into something else")
    for raw in members.values():
        _same_numbers(raw)


def _same_numbers(raw: bytes) -> None:
    """The decoder of resources reads what Python's json reads, or refuses."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return
    if value != json.loads(raw):
        raise Unlike("decoded into something else")


def tree(data: bytes) -> None:
    """The reader of /validate: no JSON is ValueError, and what it reads is what Python's strict reader reads, but for repeated keys."""
    try:
        read = tree_of(data)
    except (ValueError, RecursionError):
        return
    expected = told_by_json(data)
    if isinstance(read, list) and hasattr(read, "repeats") and not read.repeats and expected is None:
        raise Unlike("a repeated key was not noticed")
    is_body(read)


# --- the readers of bodies -----------------------------------------------------------------------------------------------------


def envelope(data: bytes) -> None:
    """A CDS Hooks request: a call whose texts are texts, or Problem."""
    try:
        check_text(data)
        call = read_hook_call(split(data), HOOKS)
    except Problem as refused:
        assert refused.status in REFUSALS
        return
    assert isinstance(call.patient, str) and call.hook in HOOKS
    assert all(isinstance(raw, bytes) for raw in call.prefetch.values())


def feedback(data: bytes) -> None:
    """Feedback: items ready for the record, which can store every text of them, or Problem."""
    try:
        items = read_feedback(data, "postfusion-patient-view", NOW, Keeping(frozenset(), True, ZONE))
    except Problem as refused:
        assert refused.status in REFUSALS
        return
    for item in items:
        assert "\x00" not in (item.comment or "")
        (item.card + (item.comment or "")).encode()


@lru_cache(maxsize=1)
def _index() -> CodeIndex:
    return index_of(book().vocabularies["1.0.0"])


def bundle(data: bytes) -> None:
    """A Bundle: a chart, or Refused. Keys of its envelope are looked at before, as for a large body."""
    try:
        check_text(data)
        split(data)
        check_bundle(data.strip(), "Bundle")
        chart = read_bundle(data, NOW, ZONE, _index())
    except Problem as refused:
        assert refused.status in REFUSALS
        return
    except Refused as refused:
        assert refused.status in REFUSALS
        return
    assert chart.person.id


def prefetch(data: bytes) -> None:
    """The value of every key of a prefetch, as a large request brings it."""
    try:
        check_text(data)
        json.loads(data)
        check_bundle(data.strip(), "prefetch")
        keys = {key: data for key in ("patient", "conditions", "observations", "procedures", "medications", "reports")}
        read_prefetch(keys, "p1", NOW, ZONE, _index())
    except (Problem, Refused) as refused:
        assert refused.status in REFUSALS
    except ValueError:
        pass  # the request that holds it is refused as a whole before


@lru_cache(maxsize=1)
def _service() -> FlaskClient:
    return build(make_deps(Settings(record="off"), book=book(), clock=lambda: NOW)).test_client()


def service(data: bytes) -> None:
    """The whole way: a documented status, JSON, and never an empty answer to what the strict reader refuses."""
    for path in ("/evaluate", "/cds-services/postfusion-patient-view", "/validate", "/timeline"):
        response = _service().post(path, data=data, content_type="application/json")
        assert response.status_code in (200, *REFUSALS), (path, response.status_code)
        said = json.loads(response.data)
        if response.status_code != 200:
            assert said["issue"][0]["severity"] == "error"
        elif path != "/validate" and told_by_json(data) is None:
            raise Unlike(f"{path} judged what is no strict JSON")


TARGETS: Final[dict[str, Target]] = {
    one.__name__: one for one in (strict_json, tree, envelope, feedback, bundle, prefetch, service)
}  # fmt: skip
