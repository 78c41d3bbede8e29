"""Every card of every ordinary answer: what a client shows, and what it needs to act on it."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from service.lab.calling import Answer, Json
from service.lab.conformance.checking import MUST, OWN, SHOULD, Look, Skip, of_group
from service.lab.conformance.ehr import Call, Ehr, again
from service.lab.conformance.shapes import UUID, is_text, is_url, objects
from service.lab.records import subject_of

check = of_group("cards", "cards")
_KNOWN: Final = {
    *("uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior", "overrideReasons", "links", "extension"),
}
_INDICATORS: Final = ("info", "warning", "critical")


def _cards(ehr: Ehr) -> Iterator[tuple[Call, str, Json]]:
    """Every card with its call and a name for sentences. Raises Skip when there is none."""
    found = False
    for call in ehr.calls:
        for number, card in enumerate(call.answer.cards):
            found = True
            yield call, f"{call.name} cards[{number}]", card
    if not found:
        raise Skip("no request gave a card")


def _each(name: str, level: str, text: str) -> Callable[[Callable[[Json], bool]], Look]:
    """A check that asks one question of every card: is it as it should be?"""

    def keep(good: Callable[[Json], bool]) -> Look:
        return check(name, level, text)(lambda ehr: (where for _, where, card in _cards(ehr) if not good(card)))

    return keep


def _suggestions(card: Json) -> list[Json]:
    return objects(card.get("suggestions"))


def _actions(card: Json) -> list[Json]:
    return [action for suggestion in _suggestions(card) for action in objects(suggestion.get("actions"))]


def _links(card: Json) -> list[Json]:
    return objects(card.get("links"))


def _source(card: Json) -> Json:
    source = card.get("source")
    return source if isinstance(source, dict) else {}


def _coded(value: Any, *members: str) -> bool:
    return isinstance(value, dict) and all(is_text(value.get(member)) for member in members)


@_each("summary", MUST, "a card has a summary")
def _summary(card: Json) -> bool:
    return is_text(card.get("summary"))


@_each("summary-short", MUST, "a summary has fewer than 140 characters")
def _summary_short(card: Json) -> bool:
    return len(str(card.get("summary", ""))) < 140


@_each("summary-one-line", OWN, "a summary is one line")
def _summary_line(card: Json) -> bool:
    return not re.search(r"[\r\n\u2028\u2029]", str(card.get("summary", "")))


@_each("indicator", MUST, "an indicator is info, warning or critical")
def _indicator(card: Json) -> bool:
    return card.get("indicator") in _INDICATORS


@_each("source", MUST, "a card's source has a label")
def _source_label(card: Json) -> bool:
    return is_text(_source(card).get("label"))


@_each("source-urls", MUST, "url and icon of a source are absolute http(s) URLs")
def _source_urls(card: Json) -> bool:
    return all(is_url(_source(card)[name]) for name in ("url", "icon") if name in _source(card))


@_each("topic", OWN, "a source has a topic: some clients filter by it")
def _topic(card: Json) -> bool:
    return "topic" in _source(card)


@_each("topic-coded", MUST, "a topic, where there is one, has code and system")
def _topic_coded(card: Json) -> bool:
    return "topic" not in _source(card) or _coded(_source(card)["topic"], "code", "system")


@_each("uuid", OWN, "a card has a uuid: without one it cannot be dismissed or answered for")
def _uuid(card: Json) -> bool:
    return is_text(card.get("uuid"))


@_each("uuid-form", SHOULD, "uuids of cards and suggestions are UUIDs")
def _uuid_form(card: Json) -> bool:
    return all(UUID.fullmatch(str(one["uuid"])) for one in (card, *_suggestions(card)) if "uuid" in one)


@_each("detail", MUST, "a detail, where there is one, is a text that says something")
def _detail(card: Json) -> bool:
    return "detail" not in card or is_text(card["detail"])


@_each("detail-markdown", OWN, "a detail is Markdown without HTML")
def _markdown(card: Json) -> bool:
    return not re.search(r"</?[A-Za-z][^<>]*>|<!--", str(card.get("detail", "")))


@_each("suggestions", MUST, "suggestions are objects with a label")
def _labelled(card: Json) -> bool:
    listed = card.get("suggestions", [])
    return isinstance(listed, list) and all(_coded(one, "label") for one in listed)


@_each("suggestion-uuid", OWN, "suggestions have a uuid: without one, taking it is never reported")
def _suggestion_uuid(card: Json) -> bool:
    return all(is_text(one.get("uuid")) for one in _suggestions(card))


@_each("selection", MUST, "a card with suggestions says at-most-one or any")
def _selection(card: Json) -> bool:
    return not _suggestions(card) or card.get("selectionBehavior") in ("at-most-one", "any")


@_each("one-recommended", MUST, "of at-most-one, at most one suggestion is recommended")
def _one_recommended(card: Json) -> bool:
    return card.get("selectionBehavior") != "at-most-one" or sum(one.get("isRecommended") is True for one in _suggestions(card)) < 2


@_each("recommended-boolean", MUST, "isRecommended is true or false")
def _recommended(card: Json) -> bool:
    return all(isinstance(one["isRecommended"], bool) for one in _suggestions(card) if "isRecommended" in one)


@_each("actions", MUST, "the actions of a suggestion, where there are any, are one or more objects")
def _some_actions(card: Json) -> bool:
    listed = [one["actions"] for one in _suggestions(card) if "actions" in one]
    return all(isinstance(one, list) and one and len(objects(one)) == len(one) for one in listed)


@_each("action-type", MUST, "an action creates, updates or deletes")
def _action_type(card: Json) -> bool:
    return all(one.get("type") in ("create", "update", "delete") for one in _actions(card))


@_each("action-description", MUST, "an action has a description")
def _action_description(card: Json) -> bool:
    return all(is_text(one.get("description")) for one in _actions(card))


@_each("action-resource", MUST, "create and update bring a FHIR resource, update one with an id")
def _action_resource(card: Json) -> bool:
    made = [one for one in _actions(card) if one.get("type") in ("create", "update")]
    with_resource = all(_coded(one.get("resource"), "resourceType") for one in made)
    return with_resource and all(is_text(one["resource"].get("id")) for one in made if one["type"] == "update")


@_each("action-delete", SHOULD, "delete names its resource by resourceId Type/id, and brings none")
def _action_delete(card: Json) -> bool:
    gone = [one for one in _actions(card) if one.get("type") == "delete"]
    return all(re.fullmatch(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}", str(one.get("resourceId"))) and "resource" not in one for one in gone)


@check("action-patient", OWN, "resources of actions are about the patient in context")
def _action_patient(ehr: Ehr) -> Iterable[str]:
    for call, where, card in _cards(ehr):
        patient = f"Patient/{call.request['context'].get('patientId')}"
        resources = objects([one.get("resource") for one in _actions(card)])
        subjects = [subject_of(one) for one in resources]
        yield from (where for subject in subjects if subject and subject != patient)


@_each("no-action-selection", MUST, "actionSelectionBehavior is not used towards clients not known to take it (3.0)")
def _no_action_selection(card: Json) -> bool:
    return not any("actionSelectionBehavior" in one for one in _suggestions(card))


@_each("override-reasons", MUST, "override reasons have code, system and display")
def _reasons(card: Json) -> bool:
    listed = card.get("overrideReasons", [])
    return isinstance(listed, list) and all(_coded(one, "code", "system", "display") for one in listed)


@_each("links", MUST, "links have a label, an absolute URL and a type, absolute or smart")
def _good_links(card: Json) -> bool:
    listed = card.get("links", [])
    return isinstance(listed, list) and all(
        _coded(one, "label", "url") and is_url(one["url"]) and one.get("type") in ("absolute", "smart") for one in listed
    )


@_each("app-context", MUST, "appContext stands on smart links only")
def _app_context(card: Json) -> bool:
    return not any("appContext" in one and one.get("type") != "smart" for one in _links(card))


@_each("autolaunch", MUST, "autolaunchable is true or false (3.0)")
def _autolaunch(card: Json) -> bool:
    return all(isinstance(one["autolaunchable"], bool) for one in _links(card) if "autolaunchable" in one)


@_each("https", OWN, "links and URLs of sources are https, or on this machine")
def _https(card: Json) -> bool:
    urls = [str(one.get("url", "")) for one in (*_links(card), _source(card))]
    return all(re.match(r"https:|http://(127\.0\.0\.1|localhost|\[::1\])([:/]|$)", url) for url in urls if url)


@_each("members", OWN, "a card has no member the specification does not know, outside `extension`, which is an object")
def _members(card: Json) -> bool:
    return not set(card) - _KNOWN and isinstance(card.get("extension", {}), dict)


@check("fresh-uuids", OWN, "uuids of cards are new in every answer, and each stands for one card")
def _fresh(ehr: Ehr) -> Iterable[str]:
    bases = [one for one in ehr.bases if one.answer.cards]
    if not bases:
        raise Skip("no request gave a card")
    for call in bases:
        first, second = _uuids(call.answer), _uuids(ehr.call(call.service, again(call.request)))
        if set(first) & set(second) or len(set(first)) != len(first):
            yield call.name


def _uuids(answer: Answer) -> list[str]:
    return [str(card["uuid"]) for card in answer.cards if "uuid" in card]
