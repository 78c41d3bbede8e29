"""The detail of a card: calm, short Markdown that says why it is shown, what is missing and how sure the evidence is."""

from collections.abc import Iterable

from service.cards.context import CardContext
from service.cards.display import about, fill
from service.cards.text import listed, markdown, reference
from service.engine.answers import Answer, Gap
from service.engine.compile import GATES
from service.engine.facts import Evidence
from service.engine.precedence import Showing
from service.engine.rule import Citation, Way
from service.engine.verdict import Step, Verdict

SEEN = 3  # readings named under one criterion; the verdict's trace has all of them
_INDEX_GATES = (GATES["yes"][0], GATES["undated_too"][0])
_ASSUMED = "not recorded, taken as"  # how the engine notes that silence was replaced


def make_detail(showing: Showing, context: CardContext) -> str:
    """The Markdown detail of one shown verdict."""
    verdict, face = showing.verdict, showing.verdict.rule.face
    variant = showing.variant
    body = (variant.detail if variant else "") or (face.detail if face else "")
    texts = [body, *(note.text for note in (face.notes if face else ()) if verdict.said_yes(note.when))]
    facts = context.facts[verdict.rule.vocabulary]
    parts = [
        " ".join(fill(text, verdict, facts, markdown) for text in texts if text),
        context.wording.get(verdict.rule.id, ""),
        section("Why", why(verdict)),
        section("Not recorded", not_recorded(verdict)),
        "" if any("{outstanding}" in text for text in texts) else section("Still open", still_open(verdict)),
        evidence_line(verdict),
    ]
    return "\n\n".join(part for part in parts if part)


def section(title: str, lines: Iterable[str]) -> str:
    """A titled list, or nothing when there is nothing to list."""
    items = "\n".join(f"- {line}" for line in dict.fromkeys(lines))
    return f"**{title}**\n\n{items}" if items else ""


def why(verdict: Verdict) -> list[str]:
    """The operation, then each met criterion of the ways that fired, with what was seen."""
    wanted, unwanted = _fired(verdict)
    index = [s for s in verdict.steps if s.criterion in _INDEX_GATES and s.answer is Answer.YES and s.saw]
    met = [s for s in verdict.steps if s.criterion in wanted and s.answer is Answer.YES and not _assumed(s)]
    absent = [s for s in verdict.steps if s.criterion in unwanted and s.answer is Answer.NO and s.saw]
    return [_line(s) for s in index + met] + [f"Not so: {_line(s)}" for s in absent]


def not_recorded(verdict: Verdict) -> list[str]:
    """What the ways that fired asked and the record does not say, or was taken for granted."""
    wanted, unwanted = _fired(verdict)
    asked = [s for s in verdict.steps if s.criterion in wanted | unwanted]
    return [f"{s.says} ({_missing(s)})" for s in asked if s.answer is Answer.UNKNOWN or _rests_on_silence(s, wanted)]


def _rests_on_silence(step: Step, wanted: set[str]) -> bool:
    """Silence taken as the answer that the way needed; a `no` among alternatives decided nothing."""
    return _assumed(step) and (step.answer is Answer.YES) is (step.criterion in wanted)


def _assumed(step: Step) -> bool:
    return step.note.startswith(_ASSUMED)


def _missing(step: Step) -> str:
    return step.note.removeprefix("not recorded, ") if _assumed(step) else str(step.gap or Gap.SILENT)


def _fired(verdict: Verdict) -> tuple[set[str], set[str]]:
    """Names of criteria that the ways that fired wanted met, and wanted not met."""
    yes = {way.name for way in verdict.ways if way.answer is Answer.YES}
    ways: list[Way] = [way for way in verdict.rule.ways if way.name in yes]
    unwanted = {name for way in ways for name in way.none}
    return {name for way in ways for name in way.criteria()} - unwanted, unwanted


def still_open(verdict: Verdict) -> list[str]:
    """The checks that are not settled; those that could not be judged say why."""
    blind = (Gap.UNREADABLE, Gap.IMPRECISE)
    return [f"{s.open} ({s.gap})" if s.gap in blind else s.open for s in verdict.outstanding()]


def _line(step: Step) -> str:
    note = f" ({markdown(step.note)})" if step.note else ""
    seen = listed([_evidence(e) for e in step.saw], SEEN, "; ")
    return f"{step.says}{note}: {seen}" if seen else f"{step.says}{note}"


def _evidence(evidence: Evidence) -> str:
    """Value, date and resource of one reading; of another rule its id, with its answer unless that was a plain yes."""
    if evidence.resource.startswith("rule/"):
        told = "" if evidence.value == Answer.YES else markdown(evidence.value)
        return _placed(told, f"rule {reference(evidence.resource.removeprefix('rule/'))}")
    value = "" if evidence.value in evidence.when else evidence.value  # a date is told once
    told = ", ".join(markdown(part) for part in (value, about(evidence.when)) if part)
    return _placed(told, reference(evidence.resource))


def _placed(told: str, place: str) -> str:
    return f"{told} ({place})" if told else place


def evidence_line(verdict: Verdict) -> str:
    """Certainty, strength, limits and the citations behind what the card lists, in one line."""
    rule = verdict.rule
    wanted, unwanted = _fired(verdict)
    steps = [s for s in verdict.steps if s.criterion in wanted | unwanted] + list(verdict.outstanding())
    used = dict.fromkeys(s.because for s in steps if s.because in rule.citations)
    cited = "; ".join(_cite(rule.citations[key]) for key in used or rule.citations)
    parts = [
        f"Evidence: {rule.certainty} certainty, {rule.strength} recommendation.",
        f"Limits: {rule.limits.rstrip('.')}." if rule.limits else "",
        f"Sources: {cited.rstrip('.')}." if cited else "",
    ]
    return " ".join(part for part in parts if part)


def _cite(citation: Citation) -> str:
    text = ", ".join(part for part in (citation.title.rstrip("."), citation.locator) if part)
    url = safe_url(citation.url)
    return f"[{text}]({url})" if url else text


def safe_url(url: str) -> str:
    """`url` fit for a Markdown link, or nothing when it is not an https address."""
    return url.replace("(", "%28").replace(")", "%29") if url.startswith("https://") and not set(url) & set(' <>"\n') else ""
