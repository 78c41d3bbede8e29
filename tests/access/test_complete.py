"""Fetching over real HTTP on loopback: what is fetched, what is not, and what is never called."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from service.access import Completed, Limits, Reason, State, complete, read_origin
from tests.access.server import FHIR_JSON, Reply, Server, bundle, observation

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "observations": "Observation?patient={{context.patientId}}",
}
PATIENT = {"resourceType": "Patient", "id": "p1"}
CONTEXT = {"patientId": "p1", "userId": "Practitioner/1"}
TOKEN = "secret-token"
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "login"}]}
SEARCH = "/Observation?patient=p1"


def limits(*servers: Server, **changes: Any) -> Limits:
    base = Limits(time.monotonic, tuple(read_origin(server.url) for server in servers), budget=5.0)
    return replace(base, **changes)


def ask(server: str, allowed: Limits, token: str | None = TOKEN, **sent: Any) -> Completed:
    """Complete a prefetch of `sent`; a value of bytes is sent as it is."""
    prefetch = {key: value if isinstance(value, bytes) else json.dumps(value).encode() for key, value in sent.items()}
    return complete(prefetch, TEMPLATES, CONTEXT, server, token, allowed)


def ask_observations(fhir: Server, value: Any = None, **changes: Any) -> Completed:
    """Ask for the observations alone; everything else was sent."""
    sent = {"patient": PATIENT, "conditions": None} | ({} if value is None else {"observations": value})
    return ask(fhir.url, limits(fhir, **changes), **sent)


def ids(done: Completed, key: str = "observations") -> list[str]:
    return [entry["resource"]["id"] for entry in json.loads(done.prefetch[key]).get("entry", [])]


@pytest.fixture
def filled(fhir: Server) -> Server:
    fhir.routes = {
        "/Patient/p1": Reply(PATIENT),
        "/Condition?patient=p1": Reply(bundle()),
        SEARCH: Reply(bundle(observation("o1"))),
    }
    return fhir


def test_missing_keys_are_fetched_with_the_token(filled: Server) -> None:
    done = ask(filled.url, limits(filled))
    assert done.states == dict.fromkeys(TEMPLATES, State.FETCHED)
    assert not done.reasons
    assert {key: json.loads(value) for key, value in done.prefetch.items()} == {
        "patient": PATIENT,
        "conditions": bundle(),
        "observations": bundle(observation("o1")),
    }
    assert filled.paths() == ["/Condition?patient=p1", "/Observation?patient=p1", "/Patient/p1"]
    for _, headers in filled.calls:
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["accept"] == FHIR_JSON
        assert "cookie" not in headers


def test_an_open_server_gets_no_token(filled: Server) -> None:
    done = ask(filled.url, limits(filled), token=None)
    assert set(done.states.values()) == {State.FETCHED}
    assert not [headers for _, headers in filled.calls if "authorization" in headers]


def test_a_complete_prefetch_causes_no_call(stranger: Server) -> None:
    done = ask(stranger.url, limits(stranger), patient=PATIENT, conditions=None, observations=bundle(observation("o1"), total=1))
    assert done.states == {"patient": State.SENT, "conditions": State.SENT_NULL, "observations": State.SENT}


def test_only_what_is_missing_is_fetched(filled: Server) -> None:
    done = ask_observations(filled)
    assert done.states == {"patient": State.SENT, "conditions": State.SENT_NULL, "observations": State.FETCHED}
    assert filled.paths() == [SEARCH]


@pytest.mark.parametrize(
    "value", [OUTCOME, "<html>Sign in</html>", [], 5, {"resourceType": "Patient"}, {"resourceType": "Bundle", "entry": 5}]
)
def test_a_failed_key_is_fetched_anew(filled: Server, value: Any) -> None:
    done = ask_observations(filled, value)
    assert done.states["observations"] is State.FETCHED
    assert ids(done) == ["o1"]


@pytest.mark.parametrize("value", [OUTCOME, "<html>"])
def test_a_failed_key_stays_failed_where_nothing_may_be_called(stranger: Server, value: Any) -> None:
    done = ask(stranger.url, limits(), observations=value)
    assert done.states == {"patient": State.NOT_AVAILABLE, "conditions": State.NOT_AVAILABLE, "observations": State.SENT_FAILED}
    assert done.prefetch == {"observations": json.dumps(value).encode()}
    assert set(done.reasons.values()) == {Reason.NOT_LISTED}


def test_without_a_server_nothing_is_tried() -> None:
    done = complete({}, TEMPLATES, CONTEXT, None, None, Limits(time.monotonic))
    assert set(done.states.values()) == {State.NOT_AVAILABLE}
    assert not done.reasons


def test_a_listed_server_does_not_open_another(fhir: Server, stranger: Server) -> None:
    done = ask(stranger.url, limits(fhir))
    assert set(done.states.values()) == {State.NOT_AVAILABLE}
    assert not fhir.calls


@pytest.mark.parametrize(
    "trick",
    [
        "http://127.0.0.1:{listed}@127.0.0.1:{port}",
        "http://127.0.0.1:{listed}#@127.0.0.1:{port}",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}/?x=http://127.0.0.1:{listed}",
    ],
)
def test_no_trick_reaches_another_server(fhir: Server, stranger: Server, trick: str) -> None:
    done = ask(trick.format(listed=fhir.port, port=stranger.port), limits(fhir))
    assert set(done.states.values()) == {State.NOT_AVAILABLE}
    assert not fhir.calls


def test_a_path_prefix_ends_at_a_slash(fhir: Server) -> None:
    fhir.routes["/r4/Patient/p1"] = Reply(PATIENT)
    allowed = replace(limits(), origins=(read_origin(f"{fhir.url}/r4"),))
    assert ask(f"{fhir.url}/r4", allowed).states["patient"] is State.FETCHED
    fhir.calls.clear()
    for other in ("/r44", "", "/r4/../admin", "/r4/%2e%2e/admin"):
        assert ask(fhir.url + other, allowed).states["patient"] is State.NOT_AVAILABLE
    assert not fhir.calls


def test_pages_are_joined(fhir: Server) -> None:
    fhir.routes = {
        SEARCH: Reply(bundle(observation("o1"), total=3, next_url=f"{fhir.url}/?_getpages=a&_offset=1")),
        "/?_getpages=a&_offset=1": Reply(bundle(observation("o2"), total=3, next_url=f"{fhir.url}/page/3?token=a%7Cb")),
        "/page/3?token=a%7Cb": Reply(bundle(observation("o3"), total=3)),
    }
    done = ask_observations(fhir)
    assert ids(done) == ["o1", "o2", "o3"]
    assert done.states["observations"] is State.FETCHED
    assert json.loads(done.prefetch["observations"])["total"] == 3
    assert "link" not in json.loads(done.prefetch["observations"])
    assert [headers["authorization"] for _, headers in fhir.calls] == [f"Bearer {TOKEN}"] * 3


def test_entries_are_handed_on_byte_by_byte(fhir: Server) -> None:
    entry = b'{"resource": {"resourceType":"Observation", "valueQuantity" : {"value": 1.10}, "note":"\\u00e9"}}'
    page = f'{{"resourceType":"Bundle","link":[{{"relation":"next","url":"{fhir.url}/2"}}],"entry":['.encode() + entry + b"]}"
    fhir.routes = {SEARCH: Reply(page), "/2": Reply(bundle())}
    assert entry in ask_observations(fhir).prefetch["observations"]


def test_a_sent_page_is_gone_on_from(fhir: Server) -> None:
    fhir.routes = {"/page-two?p=2": Reply(bundle(observation("o2")))}
    done = ask_observations(fhir, bundle(observation("o1"), next_url=f"{fhir.url}/page-two?p=2"))
    assert ids(done) == ["o1", "o2"]
    assert done.states["observations"] is State.FETCHED
    assert fhir.paths() == ["/page-two?p=2"]


def test_a_total_above_the_entries_is_asked_for_anew(filled: Server) -> None:
    done = ask_observations(filled, bundle(total=1))
    assert ids(done) == ["o1"]
    assert done.states["observations"] is State.FETCHED


@pytest.mark.parametrize(
    "link", ["{stranger}/page-two", "http://127.0.0.1:{listed}@127.0.0.1:{port}/x", "page-two", "", "javascript:1", "//127.0.0.1:{port}/x"]
)
def test_a_next_link_elsewhere_is_not_followed(fhir: Server, stranger: Server, link: str) -> None:
    address = link.format(stranger=stranger.url, listed=fhir.port, port=stranger.port)
    page = bundle(observation("o1"))
    page["link"] = [{"relation": "next", "url": address}]
    fhir.routes[SEARCH] = Reply(page)
    for done in (ask_observations(fhir), ask_observations(fhir, page)):
        assert ids(done) == ["o1"]
        assert done.states["observations"] is State.TRUNCATED
        assert done.reasons == {"observations": Reason.FOREIGN_PAGE}
        assert json.loads(done.prefetch["observations"])["link"] == [{"relation": "next"}]
    assert fhir.paths() == [SEARCH]


def test_a_next_link_outside_the_listed_path_is_not_followed(fhir: Server) -> None:
    fhir.routes["/r4/Observation?patient=p1"] = Reply(bundle(observation("o1"), next_url=f"{fhir.url}/admin"))
    done = ask(f"{fhir.url}/r4", limits(origins=(read_origin(f"{fhir.url}/r4"),)), patient=PATIENT, conditions=None)
    assert done.states["observations"] is State.TRUNCATED
    assert fhir.paths() == ["/r4/Observation?patient=p1"]


def test_pages_in_a_circle_end(fhir: Server) -> None:
    fhir.routes[SEARCH] = Reply(bundle(observation("o1"), next_url=fhir.url + SEARCH))
    assert ask_observations(fhir).states["observations"] is State.TRUNCATED
    assert len(fhir.calls) == 2


def test_pages_are_capped(fhir: Server) -> None:
    fhir.routes = {f"/{n}": Reply(bundle(observation(f"o{n}"), next_url=f"{fhir.url}/{n + 1}")) for n in range(2, 40)}
    fhir.routes[SEARCH] = Reply(bundle(observation("o1"), next_url=f"{fhir.url}/2"))
    done = ask_observations(fhir, max_pages=5)
    assert ids(done) == [f"o{n}" for n in range(1, 6)]
    assert done.reasons == {"observations": Reason.TOO_MANY_PAGES}
    assert len(fhir.calls) == 5


def test_a_page_that_fails_leaves_the_pages_before_it(fhir: Server) -> None:
    fhir.routes = {SEARCH: Reply(bundle(observation("o1"), next_url=f"{fhir.url}/2")), "/2": Reply(OUTCOME, 500)}
    done = ask_observations(fhir)
    assert ids(done) == ["o1"]
    assert done.states["observations"] is State.TRUNCATED
    assert done.reasons == {"observations": Reason.FAILED}


def test_fewer_entries_than_found_is_told(fhir: Server) -> None:
    fhir.routes[SEARCH] = Reply(bundle(observation("o1"), total=9))
    done = ask_observations(fhir)
    assert (done.states["observations"], done.reasons["observations"]) == (State.TRUNCATED, Reason.SHORT)
    fhir.routes = {SEARCH: Reply(bundle(observation("o1"), total=9, next_url=f"{fhir.url}/2")), "/2": Reply(bundle())}
    done = ask_observations(fhir)
    assert (done.states["observations"], done.reasons["observations"]) == (State.TRUNCATED, Reason.SHORT)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(OUTCOME, 401), Reason.UNAUTHORISED),
        (Reply(OUTCOME, 403), Reason.UNAUTHORISED),
        (Reply(OUTCOME, 404), Reason.NOT_FOUND),
        (Reply(OUTCOME, 400), Reason.REFUSED),
        (Reply(OUTCOME, 429), Reason.FAILED),
        (Reply(OUTCOME, 503), Reason.FAILED),
        (Reply(bundle(), 206), Reason.FAILED),
        (Reply(OUTCOME), Reason.NOT_FHIR),
        (Reply(PATIENT), Reason.NOT_FHIR),
        (Reply(b"<html>Sign in</html>", kind="text/html"), Reason.NOT_FHIR),
        (Reply(b"<html>Sign in</html>"), Reason.NOT_FHIR),
        (Reply(bundle(), kind="application/fhir+xml"), Reason.NOT_FHIR),
        (Reply(bundle(), headers={"Content-Encoding": "gzip"}), Reason.NOT_FHIR),
        (Reply(b""), Reason.NOT_FHIR),
        (Reply(b"\xff\xfe"), Reason.NOT_FHIR),
        (Reply(b"[" * 200_000), Reason.NOT_FHIR),
    ],
)
def test_answers_that_are_no_data(fhir: Server, reply: Reply, reason: Reason) -> None:
    fhir.routes[SEARCH] = reply
    done = ask_observations(fhir)
    assert done.states["observations"] is State.NOT_AVAILABLE
    assert done.reasons == {"observations": reason}
    assert "observations" not in done.prefetch
    assert TOKEN not in repr(done)


def test_a_read_must_bring_its_type(fhir: Server) -> None:
    fhir.routes["/Patient/p1"] = Reply(observation("o1"))
    done = ask(fhir.url, limits(fhir), conditions=None, observations=None)
    assert done.reasons == {"patient": Reason.NOT_FHIR}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(fhir: Server, stranger: Server, status: int) -> None:
    fhir.routes[SEARCH] = Reply(b"", status, headers={"Location": stranger.url + SEARCH})
    assert ask_observations(fhir).reasons == {"observations": Reason.REDIRECTED}
    fhir.routes[SEARCH] = Reply(b"", status, headers={"Location": fhir.url + "/Observation"})
    assert ask_observations(fhir).reasons == {"observations": Reason.REDIRECTED}
    assert fhir.paths() == [SEARCH, SEARCH]


def test_bytes_are_capped_over_all_keys(filled: Server) -> None:
    filled.routes[SEARCH] = Reply(bundle(observation("o" * 3000)))
    done = ask(filled.url, limits(filled, max_bytes=2000))
    assert done.reasons["observations"] is Reason.TOO_LARGE


def test_an_endless_answer_ends_at_the_cap(fhir: Server) -> None:
    sent = []

    def endless() -> Iterator[bytes]:
        while len(sent) < 3000:
            sent.append(1)
            yield b" " * 65536

    fhir.routes[SEARCH] = Reply(pieces=endless)
    assert ask_observations(fhir, max_bytes=1_000_000).reasons == {"observations": Reason.TOO_LARGE}
    time.sleep(0.2)
    assert len(sent) < 1000  # the connection was cut, not drained


@pytest.mark.parametrize("reply", [Reply(bundle(), pause=3.0), Reply(pieces=lambda: iter([b" "] * 60), pause=0.05)])
def test_time_is_capped(fhir: Server, reply: Reply) -> None:
    fhir.routes = {SEARCH: reply, "/Condition?patient=p1": Reply(bundle())}
    began = time.monotonic()
    done = ask(fhir.url, limits(fhir, budget=0.4), patient=PATIENT)
    assert time.monotonic() - began < 0.9
    assert done.reasons == {"observations": Reason.TIMED_OUT}
    assert done.states["conditions"] is State.FETCHED


def test_slow_pages_leave_what_came_in_time(fhir: Server) -> None:
    fhir.routes = {SEARCH: Reply(bundle(observation("o1"), next_url=f"{fhir.url}/2")), "/2": Reply(bundle(), pause=3.0)}
    done = ask_observations(fhir, budget=0.5)
    assert done.reasons == {"observations": Reason.TIMED_OUT}
    assert done.states["observations"] in (State.TRUNCATED, State.NOT_AVAILABLE)


def test_keys_are_fetched_at_the_same_time(filled: Server) -> None:
    for reply in filled.routes.values():
        reply.pause = 0.3
    began = time.monotonic()
    assert set(ask(filled.url, limits(filled)).states.values()) == {State.FETCHED}
    assert time.monotonic() - began < 0.8


def test_a_server_that_is_not_there() -> None:
    done = ask("http://127.0.0.1:9", Limits(time.monotonic, (read_origin("http://127.0.0.1:9"),)))
    assert set(done.reasons.values()) == {Reason.UNREACHABLE}


def test_a_kept_connection_that_was_closed_is_opened_anew(fhir: Server) -> None:
    fhir.routes[SEARCH] = Reply(bundle(), headers={"Connection": "close"})
    for _ in range(3):
        assert ask_observations(fhir).states["observations"] is State.FETCHED


def test_a_context_that_lacks_a_value(fhir: Server) -> None:
    done = complete({}, {"x": "Observation?encounter={{context.encounterId}}"}, CONTEXT, fhir.url, TOKEN, limits(fhir))
    assert done.reasons == {"x": Reason.NO_TEMPLATE}
    assert not fhir.calls


def test_the_environment_is_not_followed(filled: Server, stranger: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, stranger.url)
    assert set(ask(filled.url, limits(filled)).states.values()) == {State.FETCHED}


def test_cookies_are_not_kept(filled: Server) -> None:
    filled.routes[SEARCH].headers["Set-Cookie"] = "session=abc; Path=/"
    for _ in range(2):
        ask_observations(filled)
    assert not [headers for _, headers in filled.calls if "cookie" in headers]
