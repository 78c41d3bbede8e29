"""What a change of whatif.py asks for, as one plain sentence out of the document, the vocabulary and the day. No patient text."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from service.engine.answers import Answer, Gap
from service.engine.dates import Duration, Span, add, add_months, earliest_within, latest_ago
from service.engine.facts import Fact, Facts
from service.engine.rule import Criterion
from service.engine.vocabulary import FactSpec
from service.engine.whatif import Change

Period = tuple[date | None, date | None]  # first day, and the day after the last; None is open-ended

_AGE = "index_age"  # the picker whose numbers are the time since the operation
_PLACES = {"yes": "after the operation", "not_before": "not before the operation"}
_GAPS = {
    Gap.SILENT: "nothing recorded",
    Gap.IMPRECISE: "what is recorded is not precise enough",
    Gap.UNREADABLE: "what is recorded cannot be read",
}
_COMPARED = {"at_least": "{} or more", "more_than": "more than {}", "at_most": "{} or less", "less_than": "less than {}"}
_LOOKS_BACK = ("fresh", "days")  # the settings of a computed fact that say how old its readings may be
_SCORES = ("significant", "score")  # and from which score on they count
_UNITS = {"d": "days", "mo": "months"}
_DAY = timedelta(days=1)


def needs(change: Change, facts: Facts, specs: Mapping[str, FactSpec], operation: Span | None = None) -> str:
    """The sentence of one change. `facts` are those before it, `operation` the date of the index operation if it is known."""
    asked, spec = change.criterion, specs.get(change.criterion.fact)
    if asked.rule or asked.family:
        return _of_rules(change)
    held = facts[asked.fact]
    period = _period(asked, spec, held)
    if period is not None:
        return _timed(change, period, facts.as_of)
    if change.wanted is Answer.NO:
        return f"{_stands(change, held, facts.as_of)}would have to be {_no(change)}: {asked.says}"
    parts = [_meaning(asked, spec), *_value(asked, spec), *_window(asked, spec, facts.as_of), *_place(asked, operation)]
    return f"{_stands(change, held, facts.as_of)}needs: {', '.join(parts)}"


def _of_rules(change: Change) -> str:
    asked, step = change.criterion, change.now
    who = f"the rule {asked.rule}" if asked.rule else f"a rule of the family {asked.family}"
    answers = " or ".join(str(one) for one in asked.argument) if isinstance(asked.argument, tuple) else ""
    if change.wanted is Answer.YES:
        open_now = "unknown: that rule cannot tell; " if step.answer is Answer.UNKNOWN else ""
        return f"{open_now}needs {who} to answer {answers}"
    return f"would have to be no: {step.says} (no longer so when {who.replace('a rule', 'every rule')} answers other than {answers})"


def _no(change: Change) -> str:
    return "no" if change.now.answer is Answer.YES else "recorded as no"


def _stands(change: Change, held: Fact, as_of: date) -> str:
    """How the criterion stands now, where that is not simply no."""
    step = change.now
    if step.answer is Answer.YES:
        return ""
    if step.answer is Answer.NO:
        return f"{step.note}; " if step.note.startswith("not recorded") else ""
    limit = change.criterion.within
    since = f" since {earliest_within(as_of, limit)}" if limit and not held.items else ""
    return f"unknown: {_GAPS[step.gap or Gap.SILENT]}{since}; "


# --- when a question of time is met ---------------------------------------------------------------------------------------


def _period(asked: Criterion, spec: FactSpec | None, held: Fact) -> Period | None:
    """The days on which a question of time is met, where the date it counts from is known."""
    item = held.items[-1] if held.items else None
    if item is None or spec is None:
        return None
    if spec.picker == _AGE and item.when is not None:
        return _ages(asked, item.when, "months" if spec.settings["unit"] == "months" else "days")
    return _since(asked, item.value) if isinstance(item.value, Span) else None


def _ages(asked: Criterion, start: Span, unit: str) -> Period | None:
    """Whole days or completed months since `start`, as dates."""

    def after(number: Decimal | int, day: date) -> date:
        return add_months(day, int(number)) if unit == "months" else add(day, Duration(int(number), "days"))

    limit = asked.argument
    if isinstance(limit, tuple):
        low, high = (Decimal(str(one)) for one in limit)
        return after(low, start.latest), after(high, start.earliest)
    if isinstance(limit, Duration) or asked.word not in _COMPARED:
        return None
    number = int(limit) + (asked.word in ("more_than", "at_most"))
    if asked.word in ("at_least", "more_than"):
        return after(number, start.latest), None
    return None, after(number, start.earliest)


def _since(asked: Criterion, value: Span) -> Period | None:
    if not isinstance(asked.argument, Duration):
        return None
    if asked.word == "happened_at_least_ago":
        return add(value.latest, asked.argument), None
    return None, add(value.earliest, asked.argument) + _DAY


def _timed(change: Change, period: Period, as_of: date) -> str:
    first, end = period
    if change.wanted is Answer.NO:
        turns = f" (so from {end} on)" if end is not None else f" (so until {first - _DAY})" if first is not None else ""
        return f"{_inexact(change)}would have to be no: {change.criterion.says}{turns}"
    if end is None:
        return f"{_inexact(change)}met from {first} on"
    if change.now.answer is Answer.UNKNOWN:
        return f"{_inexact(change)}needs the exact date"
    days = f"until {end - _DAY}" if first is None else f"from {first} to {end - _DAY}"
    return f"met {days}" if as_of < end else f"was met {days}; that time has passed"


def _inexact(change: Change) -> str:
    return "unknown: the date it counts from is not exact; " if change.now.answer is Answer.UNKNOWN else ""


# --- what has to be recorded ----------------------------------------------------------------------------------------------


def _meaning(asked: Criterion, spec: FactSpec | None) -> str:
    """The fact's own sentence, begun in small letters unless it begins with a name such as CRP."""
    text = spec.meaning if spec else asked.says
    begins_small = len(text) > 1 and not text[1].isupper()
    return f"{text[0].lower()}{text[1:]}" if begins_small else text


def _value(asked: Criterion, spec: FactSpec | None) -> list[str]:
    limit, unit = asked.argument, _unit(spec)
    if asked.word in _COMPARED:
        return [_COMPARED[asked.word].format(f"{limit}{unit}")]
    if asked.word == "between" and isinstance(limit, tuple):
        return [f"{limit[0]} or more and less than {limit[1]}{unit}"]
    if asked.word in ("one_of", "has_any_of") and isinstance(limit, tuple):
        return [f"one of {', '.join(str(one) for one in limit)}"]
    if asked.word == "count_at_least":
        return [f"{limit} times or more"]
    if asked.word == "recorded":
        return ["any record" if limit else "no record"]
    return ["recorded as absent"] if limit is False else []


def _unit(spec: FactSpec | None) -> str:
    """The unit for people: annotations such as {score} are left out."""
    unit = spec.unit.strip("[]") if spec else ""
    unit = _UNITS.get(unit, unit)
    return f" {unit}" if unit and not unit.startswith("{") else ""


def _window(asked: Criterion, spec: FactSpec | None, as_of: date) -> list[str]:
    """How old the reading may be, as dates."""
    settings = spec.settings if spec else {}
    parts = [f"with a score of {settings[name]} or more" for name in _SCORES if name in settings]
    if isinstance(asked.argument, Duration):
        limit, lately = asked.argument, asked.word == "happened_within"
        parts.append(f"on {earliest_within(as_of, limit)} or later" if lately else f"on {latest_ago(as_of, limit)} or earlier")
    limits = [asked.within] if asked.within else [settings.get(name) for name in _LOOKS_BACK]
    parts += [f"dated {earliest_within(as_of, one)} or later" for one in limits if isinstance(one, Duration)]
    return parts + ([f"dated before {earliest_within(as_of, asked.older_than)}"] if asked.older_than else [])


def _place(asked: Criterion, operation: Span | None) -> list[str]:
    if asked.after_index is None:
        return []
    return [f"{_PLACES[asked.after_index]}{f' of {operation}' if operation else ''}"]
