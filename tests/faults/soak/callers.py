"""Callers that ask about a patient with a red flag, answer the cards, and keep count of what was acknowledged."""

import http.client
import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.faults import corpus
from tests.stories.chart import fusion, person, temperature

RED_FLAG: Final = "red-flag-infection"
JSON: Final = {"Content-Type": "application/json"}
PATHS: Final = (*(f"/cds-services/{one}" for one in corpus.SERVICES.values()), "/evaluate")
PATIENCE: Final = 30.0  # seconds until an answer counts as none
Asked = tuple[str, str]  # what the record knows a decision by: ("instance" | "patient", the value before hashing)


@dataclass(frozen=True, slots=True)
class Broken:
    """A call whose connection ended without an answer. Seconds of the monotonic clock."""

    begun: float
    ended: float
    why: str


@dataclass(slots=True)
class Tally:
    """What callers were told. `bad` are answers that must not be: in words, never with a value."""

    decisions: set[Asked] = field(default_factory=set)
    feedback: set[str] = field(default_factory=set)
    cards: int = 0
    unlogged: int = 0
    refused: int = 0
    longest: float = 0.0
    broken: list[Broken] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def acknowledged(self) -> int:
        """Decisions and feedback that the service said it kept."""
        return len(self.decisions) + len(self.feedback)


class Asker:
    """Makes requests, each about a patient and a hookInstance of its own."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 the same soak again, no secret
        today = datetime.now(UTC).date()
        self._operated, self._today = (today - timedelta(days=20)).isoformat(), today.isoformat()

    def uuid(self) -> str:
        """A new id."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def next(self) -> tuple[str, bytes, Asked]:
        """Path and body of the next call, and what the record will know it by. The patient had a fusion and has a fever."""
        path, patient = self._random.choice(PATHS), f"p-{self.uuid()}"
        me = {"reference": f"Patient/{patient}"}
        bundle = corpus.as_bundle(
            person(patient), fusion(self._operated, subject=me), temperature(39.5, self._today, id="fever", subject=me)
        )
        if path == "/evaluate":
            return path, corpus.text(bundle), ("patient", patient)
        hook = next(hook for hook, service in corpus.SERVICES.items() if path.endswith(service))
        call = corpus.call(bundle, hook)
        call["hookInstance"], call["context"]["patientId"] = self.uuid(), patient
        return path, corpus.text(call), ("instance", call["hookInstance"])


def told_of_cards(tally: Tally, status: int, headers: Any, body: bytes, asked: Asked) -> list[str]:
    """Count an answer with cards. Gives the uuids of its cards; none when it was a bad one."""
    cards = json.loads(body).get("cards", []) if status == 200 else []
    shown = {card["extension"]["org.postfusion"]["rule"]: card["indicator"] for card in cards}
    with tally.lock:
        if status != 200 or shown.get(RED_FLAG) != "critical":
            tally.bad.append(f"{asked[0]}: {status} with {sorted(shown)}")
            return []
        tally.cards += 1
        if headers.get("X-Decision-Logged") == "false":
            tally.unlogged += 1
        else:
            tally.decisions.add(asked)
    return [card["uuid"] for card in cards]


def told_of_feedback(tally: Tally, status: int, headers: Any, body: bytes, card: str) -> None:
    """Count an answer to feedback on one card."""
    with tally.lock:
        if status == 200:
            tally.feedback.add(card)
        elif status == 503 and headers.get("Retry-After") and json.loads(body)["issue"][0]["code"] == "transient":
            tally.refused += 1
        else:
            tally.bad.append(f"feedback: {status}")


class Caller(threading.Thread):
    """Asks, then sends feedback on the card it got, over and over while the gate is open. Odd ones keep their connection."""

    def __init__(self, port: int, number: int, seed: int, tally: Tally, gate: threading.Event) -> None:
        super().__init__(name=f"caller-{number}", daemon=True)
        self.turn = threading.Lock()  # held while a call is under way
        self.over = False
        self._asker, self._keeps, self._tally, self._gate = Asker(seed * 1000 + number), number % 2 == 1, tally, gate
        self._peer = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def run(self) -> None:
        """Until `over`."""
        while not self.over:
            if not self._gate.wait(0.05):
                self._peer.close()  # while it rests, the server would close it
                continue
            with self.turn:
                if self._gate.is_set():
                    self._ask()
        self._peer.close()

    def _ask(self) -> None:
        path, body, asked = self._asker.next()
        answer = self._call(path, body)
        cards = told_of_cards(self._tally, *answer, asked) if answer else []
        for card in cards[:1]:
            self._answer_card(corpus.HOOK if path == "/evaluate" else path, card)

    def _answer_card(self, service: str, card: str) -> None:
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = corpus.text({"feedback": [{"card": card, "outcome": "overridden", "outcomeTimestamp": when}]})
        answer = self._call(f"{service}/feedback", body)
        if answer:
            told_of_feedback(self._tally, *answer, card)

    def _call(self, path: str, body: bytes) -> tuple[int, Any, bytes] | None:
        begun = time.monotonic()
        try:
            self._peer.request("POST", path, body, JSON | ({} if self._keeps else {"Connection": "close"}))
            reply = self._peer.getresponse()
            answer = reply.status, reply.headers, reply.read()
        except (OSError, http.client.HTTPException) as error:
            self._peer.close()
            self._count_broken(Broken(begun, time.monotonic(), type(error).__name__))
            time.sleep(0.1)  # a server that is starting needs the processor more
            return None
        with self._tally.lock:
            self._tally.longest = max(self._tally.longest, time.monotonic() - begun)
        return answer

    def _count_broken(self, broken: Broken) -> None:
        with self._tally.lock:
            self._tally.broken.append(broken)
            if broken.ended - broken.begun >= PATIENCE:
                self._tally.bad.append("no answer in time")
