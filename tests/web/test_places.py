"""At most so many charts are judged at once: the others wait a moment, then are told to come again; health is answered all the time."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, g

from service.record import connecting
from service.web import places
from service.web.app import build
from service.web.deps import Deps
from service.web.places import Gate
from service.web.problems import Problem
from tests.web.conftest import Judge, refused

BUNDLE = {"resourceType": "Bundle", "type": "collection"}


class Slow:
    """A judge who takes his time: until he is let go."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.go, self.lock, self.at_once, self.most = judge, threading.Event(), threading.Lock(), 0, 0

    def bundle(self, *args: Any) -> Any:
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.go.wait(10)
        with self.lock:
            self.at_once -= 1
        return self.judge.bundle(*args)


@pytest.fixture
def slow(judge: Judge) -> Slow:
    return Slow(judge)


@pytest.fixture
def app(deps: Deps, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Two places, and two may wait."""
    monkeypatch.setattr(places, "AT_ONCE", 2)
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.3)
    yield build(replace(deps, evaluate_bundle=slow.bundle, settings=replace(deps.settings, threads=8)))
    slow.go.set()


def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def test_who_finds_no_place_is_told_to_come_again(app: Flask, slow: Slow) -> None:
    def ask(path: str = "/evaluate") -> Any:
        return app.test_client().post(path, json=BUNDLE)

    with ThreadPoolExecutor(8) as pool:
        first = [pool.submit(ask) for _ in range(2)]
        until(lambda: slow.at_once == 2)
        begun = time.monotonic()
        refused(ask(), 503, "throttled")  # waited in vain
        assert 0.25 < time.monotonic() - begun < 3
        waiting = [pool.submit(ask) for _ in range(2)]
        until(lambda: app.extensions[places.KEY].judge.inside == 4)
        begun = time.monotonic()
        response = ask()
        assert time.monotonic() - begun < 0.25, "there is no room to wait"
        issue = refused(response, 503, "throttled")
        assert "Nothing was judged" in issue["diagnostics"]
        assert response.headers["Retry-After"] == "2"
        assert app.test_client().get("/livez").status_code == 200
        slow.go.set()
        assert [one.result().status_code for one in (*first, *waiting)] == [200] * 4
    assert slow.most == 2
    assert ask().status_code == 200


@pytest.mark.parametrize("path", ["/evaluate", "/timeline", "/validate", "/cds-services/postfusion-patient-view"])
def test_every_surface_that_judges_takes_a_place(app: Flask, path: str) -> None:
    held: Gate = app.extensions[places.KEY].judge
    assert held.enter() and held.enter()
    refused(app.test_client().post(path, json=BUNDLE), 503, "throttled")
    held.leave()
    assert app.test_client().post(path, json={"hook": 5}).status_code in (200, 400)
    assert held.inside == 1, "a call that is refused gives its place back"


def test_a_place_is_given_back_whatever_happens(app: Flask, slow: Slow) -> None:
    slow.go.set()
    slow.judge.raises = RuntimeError("x")
    for _ in range(10):
        assert app.test_client().post("/evaluate", json=BUNDLE).status_code == 500
    slow.judge.raises = None
    assert app.test_client().post("/evaluate", json=BUNDLE).status_code == 200
    assert app.extensions[places.KEY].judge.inside == 0


def test_a_body_that_is_still_coming_holds_no_place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    held, seen = app.extensions[places.KEY].judge, []
    monkeypatch.setattr("service.web.bodies._read", lambda _: (seen.append(held.inside), b"{}")[1])
    assert app.test_client().post("/evaluate", json={}).status_code == 400
    assert seen == [0]


def test_feedback_and_health_take_none(app: Flask) -> None:
    held: Gate = app.extensions[places.KEY].judge
    assert held.enter() and held.enter()
    client = app.test_client()
    assert client.post("/cds-services/postfusion-patient-view/feedback", json={}).status_code == 501
    assert client.get("/rules").status_code == 200


@pytest.mark.parametrize(("threads", "waiting"), [(1, 1), (8, 1), (128, 60), (256, 124)])
def test_half_of_the_threads_are_for_all_the_rest(deps: Deps, threads: int, waiting: int) -> None:
    app = build(replace(deps, settings=replace(deps.settings, threads=threads)))
    assert app.extensions[places.KEY].judge._room == places.AT_ONCE + waiting


def test_a_locked_record_costs_nobody_the_cards() -> None:
    """Four hold their places for as long as they wait for the record; the next ones have to wait longer than that."""
    assert places.WAIT_SECONDS > connecting.BUSY_SECONDS + connecting._GRACE


def test_who_waits_for_a_network_lends_the_place(app: Flask) -> None:
    gates = app.extensions[places.KEY]
    with app.app_context():
        g.held = []
        places.take_place(b"")
        with places.away():
            assert (gates.judge.inside, gates.away.inside) == (0, 1)
            with places.away():
                assert gates.away.inside == 1, "who has no place lends none"
        assert (gates.judge.inside, gates.away.inside) == (1, 0)
        assert gates.away.enter()
        with places.away():
            assert gates.judge.inside == 1, "so many may be away at once"
        gates.away.leave()
        for ends in (KeyError, ValueError):
            with pytest.raises(ends), places.away():
                raise ends
            assert gates.away.inside == 0
    assert gates.judge.inside == 0, "what failed on its way is given back, and never twice"
    with places.away():
        pass  # without a server there are no places


def test_who_comes_back_waits_for_a_place_again(app: Flask) -> None:
    judge: Gate = app.extensions[places.KEY].judge
    with app.test_request_context():
        places.take_place(b"")
        with pytest.raises(Problem) as caught, places.away():
            assert judge.enter() and judge.enter()
        assert caught.value.status == 503
    assert judge.inside == 2


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three kilobytes are large already."""
    monkeypatch.setattr(places, "LARGE", 3000)
    monkeypatch.setattr("service.web.bodies.LARGE", 3000)


@pytest.mark.usefixtures("small_is_large")
def test_few_large_bodies_are_read_at_once(app: Flask) -> None:
    gate: Gate = app.extensions[places.KEY].read_large
    client, large = app.test_client(), {**BUNDLE, "x": "x" * 4000}
    for _ in range(places.LARGE_READ):
        assert gate.enter()
    refused(client.post("/evaluate", json=large), 503, "throttled")
    assert client.post("/evaluate", json={}).status_code == 400, "small ones need no room"
    gate.leave()
    assert client.post("/evaluate", json={"x": "x" * 4000}).status_code == 400
    assert gate.inside == places.LARGE_READ - 1


@pytest.mark.usefixtures("small_is_large")
def test_one_large_body_is_judged_at_a_time(app: Flask, slow: Slow) -> None:
    def ask(body: Any) -> Any:
        return app.test_client().post("/evaluate", json=body)

    large = {**BUNDLE, "x": "x" * 4000}
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, large)
        until(lambda: slow.at_once == 1)
        refused(ask(large), 503, "throttled")
        small = pool.submit(ask, BUNDLE)
        until(lambda: slow.at_once == 2)
        slow.go.set()
        assert (first.result().status_code, small.result().status_code) == (200, 200)
    gates = app.extensions[places.KEY]
    assert (gates.read_large.inside, gates.judge_large.inside, gates.judge.inside) == (0, 0, 0)


@pytest.mark.usefixtures("small_is_large")
@pytest.mark.parametrize("size", [2999, 3000, 3001, 3002, 9000])
def test_the_whole_body_is_read(app: Flask, slow: Slow, size: int) -> None:
    slow.go.set()
    body = json.dumps(BUNDLE).encode()
    body = body[:-1] + b', "x": "' + b"x" * (size - len(body) - 9) + b'"}'
    assert len(body) == size
    assert app.test_client().post("/evaluate", data=body, content_type="application/json").status_code == 200
    assert slow.judge.bundles[-1] == body
