"""An answer as calm text for a terminal: cards first, then every rule that said yes or could not tell."""

import textwrap
from collections.abc import Iterator
from typing import Any

WIDTH = 110


def as_table(answer: dict[str, Any]) -> str:
    """The answer of /evaluate for people."""
    cards = answer["cards"]
    count = "No cards: the rules looked and found nothing." if not cards else f"{len(cards)} card{'s' if len(cards) > 1 else ''}"
    lines = [f"As of {answer['asOf']}{_about(answer)}", "", count]
    for card in cards:
        lines += ["", *_card(card)]
    lines += ["", "Rules that answered yes, or could not tell"]
    told = [line for verdict in answer["verdicts"] if verdict["answer"] != "no" for line in _verdict(verdict)]
    blocked = [line for verdict in answer["verdicts"] if verdict.get("inTheWay") for line in _blocked(verdict)]
    silent = sum(verdict["answer"] == "no" for verdict in answer["verdicts"])
    lines += [*(told or ["  none"]), *(["", "What is in the way of the other rules", *blocked] if blocked else [])]
    lines += ["", f"{silent} of {len(answer['verdicts'])} rules answered no."]
    return "\n".join([*lines, *_notices(answer["outcome"])])


def refusal_text(outcome: dict[str, Any]) -> str:
    """An OperationOutcome for people."""
    return "\n".join(["Not judged:", *_issues(outcome)])


def _about(answer: dict[str, Any]) -> str:
    fusion = answer.get("indexFusion", {})
    patient = f", patient {answer['patient']}" if answer.get("patient") else ""
    return patient + (f", lumbar fusion {fusion['date']}" if fusion.get("date") else "")


def _card(card: dict[str, Any]) -> Iterator[str]:
    yield f"[{card['indicator']}] {card['summary']}"
    for line in str(card.get("detail", "")).splitlines():
        yield from _wrapped(line, "    ")
    for suggestion in card.get("suggestions", []):
        yield from _wrapped(f"Suggested: {suggestion['label']}", "    ")


def _verdict(verdict: dict[str, Any]) -> Iterator[str]:
    hidden = verdict.get("suppressedBy", [])
    why = f", held back by {', '.join(hidden)}" if hidden else ""
    yield f"  {verdict['answer']:<8}{verdict['rule']}@{verdict['version']}{why}"
    for step in verdict.get("steps", []):
        if step["answer"] == verdict["answer"]:
            yield from _wrapped(f"{step['says']}: {step['answer']}{_saw(step)}", " " * 10)


def _blocked(verdict: dict[str, Any]) -> Iterator[str]:
    """The smallest change that would make a rule fire."""
    yield f"  {verdict['rule']}@{verdict['version']}"
    for one in verdict["inTheWay"]:
        yield from _wrapped(f"{one['says']}: {one['needs']}", " " * 10)


def _saw(step: dict[str, Any]) -> str:
    seen = [" ".join(str(part) for part in (e["resource"], e.get("value"), e.get("when")) if part) for e in step.get("saw", [])]
    return f" ({'; '.join(seen)})" if seen else ""


def _notices(outcome: dict[str, Any]) -> list[str]:
    told = [issue for issue in outcome.get("issue", []) if issue.get("severity") != "information"]
    return ["", "About this record", *_issues({"issue": told})] if told else []


def _issues(outcome: dict[str, Any]) -> Iterator[str]:
    for issue in outcome["issue"]:
        where = f" ({', '.join(issue['expression'])})" if issue.get("expression") else ""
        text = issue.get("diagnostics") or issue.get("details", {}).get("text", issue["code"])
        yield from _wrapped(f"{text}{where}", "  ")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ") or [""]
