"""GET /metrics for Prometheus: counts and times, never a patient, a path or a caller. All workers answer for all.

The workers share their figures through files in the folder PROMETHEUS_MULTIPROC_DIR. The client library looks for that
name when it is imported, so it is imported late. Without it (one process, as in tests) the figures are this process's own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Flask, Response, current_app, g, has_app_context, request

from service.evaluation import Outcome
from service.record import Feedback

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

blueprint = Blueprint("metrics", __name__)
KEY: Final = "postfusion.metrics"
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one application."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    cards: Counter
    answers: Counter
    feedback: Counter
    store_failures: Counter
    phases: Histogram


def register(app: Flask) -> None:
    """Count every request from here on."""
    app.extensions[KEY] = make_metrics()
    app.after_request(_count_request)


def share() -> None:
    """Let workers forked from this process add up: a folder in memory, unless the operator named one. Call before `register`."""
    if os.environ.get(SHARED):
        return
    memory = "/dev/shm"  # noqa: S108 a file system in memory, where there is one
    folder = tempfile.mkdtemp(prefix="postfusion-metrics-", dir=memory if os.access(memory, os.W_OK) else None)
    os.environ[SHARED] = folder
    atexit.register(_remove, Path(folder), os.getpid())


def _remove(folder: Path, owner: int) -> None:
    """Workers leave through here as well; the folder goes with the process that made it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def make_metrics() -> Metrics:
    """Fresh figures, all at zero."""
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    return Metrics(
        registry,
        Counter("postfusion_requests", "Requests answered.", ("surface", "status"), registry=registry),
        Histogram("postfusion_request_seconds", "Seconds to an answer.", ("surface",), buckets=SECONDS, registry=registry),
        Counter("postfusion_cards", "Cards shown.", ("rule", "version", "indicator"), registry=registry),
        Counter("postfusion_answers", "Answers of rules.", ("rule", "version", "answer"), registry=registry),
        Counter("postfusion_feedback", "Feedback kept.", ("outcome",), registry=registry),
        Counter("postfusion_store_failures", "Times the record could not be reached or written.", registry=registry),
        Histogram("postfusion_phase_seconds", "Seconds in a phase of judging.", ("phase",), buckets=SECONDS, registry=registry),
    )


@blueprint.get("/metrics")
def metrics() -> Response:
    """Say how much was asked, answered, shown and lost."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = _metrics().registry
    if os.environ.get(SHARED):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    response = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def count_outcome(outcome: Outcome) -> None:
    """Count the cards and answers of one evaluation."""
    for one in outcome.answered:
        _metrics().answers.labels(one.rule, one.version, one.answer).inc()
    for card in outcome.cards:
        ours = card["extension"]["org.postfusion"]
        _metrics().cards.labels(ours.get("rule", ""), ours.get("version", ""), card["indicator"]).inc()


def timed(phase: str) -> AbstractContextManager[Any]:
    """Time one phase of judging; outside a service, as on the command line, nothing is counted."""
    if not has_app_context() or KEY not in current_app.extensions:
        return nullcontext()
    timer: AbstractContextManager[Any] = _metrics().phases.labels(phase).time()
    return timer


def count_feedback(items: Iterable[Feedback]) -> None:
    """Count feedback that was kept, repeats included."""
    for item in items:
        _metrics().feedback.labels(item.outcome).inc()


def count_store_failure() -> None:
    """Count one time the record failed."""
    _metrics().store_failures.inc()


def _metrics() -> Metrics:
    found: Metrics = current_app.extensions[KEY]
    return found


def _count_request(response: Response) -> Response:
    surface = request.url_rule.rule if request.url_rule else "(none)"
    _metrics().requests.labels(surface, str(response.status_code)).inc()
    if "started" in g:
        _metrics().seconds.labels(surface).observe(time.perf_counter() - g.started)
    return response
