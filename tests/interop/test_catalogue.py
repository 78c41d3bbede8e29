"""Versions of vocabularies and rules on the shelf: what is in use, what is not yet, and what keeps its version."""

from dataclasses import replace
from datetime import date

import pytest

from service.engine.rule import Action, Criterion, Face, Suggestion, Way
from service.engine.vocabulary import Code, ValueSet, Vocabulary
from service.evaluation import keys_of_rule, keys_read
from service.interop import Edition, Entry, Shelf, catalogue, find, released
from service.interop.actions import action
from service.interop.logic import fires, said
from service.interop.parts import computer_name, filled
from service.interop.plan import plan_definition
from service.interop.references import of_value_set
from service.interop.shelf import semver, since, status_on
from service.library import Book
from service.web.publishing import KEPT, _kept, publish, shelf_of
from service.web.services import HOOKS
from service.web.settings import Settings
from tests.interop.published import DAY
from tests.stories.replay import ROOT, book
from tests.web.conftest import a_rule

OURS = "https://postfusion.example.org/fhir/CodeSystem/findings"
SNOMED = "http://snomed.info/sct"


def a_set(name: str, *codes: str, system: str = SNOMED) -> ValueSet:
    verified = "own code" if system == OURS else "a list"
    return ValueSet(name, name.capitalize(), "Some", tuple(Code(system, code, code.capitalize(), verified) for code in codes))


def words(version: str, *sets: ValueSet) -> Vocabulary:
    return Vocabulary(version, {}, {one.id: one for one in sets}, {})


def a_shelf(vocabularies: list[Vocabulary], written_in: dict[str, str], day: date = DAY) -> Shelf:
    """A shelf whose rules are each written in a vocabulary; a rule called `draft...` is a draft."""
    editions = {}
    for name, vocabulary in written_in.items():
        rule = a_rule(id=name, vocabulary=vocabulary, status="draft" if name.startswith("draft") else "active")
        editions[name] = (Edition(rule, "Living adults."),)
    held = {one.version: one for one in vocabularies}
    return Shelf(day, "https://x.example", "https://x.example/fhir", "1.2.3", "For trying.", "sha256:abcdef0123", day, editions, held)


def listed(shelf: Shelf, kind: str) -> list[tuple[str, str, str]]:
    return [(one.id, one.version, one.status) for one in catalogue(shelf) if one.kind == kind]


PAIN, FEVER, MORE_FEVER = a_set("pain", "1", "2"), a_set("fever", "3"), a_set("fever", "3", "4")
THREE = [words("1.0.0", PAIN, FEVER), words("1.10.0", PAIN, MORE_FEVER), words("1.9.0", PAIN, FEVER)]


def test_a_value_set_that_did_not_change_keeps_its_version() -> None:
    assert listed(a_shelf(THREE, {"one": "1.10.0"}), "ValueSet") == [
        ("fever-1.0.0", "1.0.0", "retired"),
        ("fever", "1.10.0", "active"),
        ("pain", "1.0.0", "active"),
    ]


def test_rules_of_two_vocabularies_need_both() -> None:
    shelf = a_shelf(THREE, {"one": "1.9.0", "two": "1.10.0"})
    assert listed(shelf, "ValueSet") == [
        ("fever-1.0.0", "1.0.0", "active"),
        ("fever", "1.10.0", "active"),
        ("pain", "1.0.0", "active"),
    ]
    assert listed(shelf, "Library")[2:5] == [
        ("postfusion.vocabulary-1.0.0", "1.0.0", "retired"),
        ("postfusion.vocabulary-1.9.0", "1.9.0", "active"),
        ("postfusion.vocabulary", "1.10.0", "active"),
    ]
    assert of_value_set(shelf, "1.9.0", "fever") == "https://x.example/fhir/ValueSet/fever|1.0.0"
    assert of_value_set(shelf, "1.10.0", "fever") == "https://x.example/fhir/ValueSet/fever|1.10.0"
    there = {one.canonical for one in released(catalogue(shelf))}
    for one in released(catalogue(shelf)):
        if one.kind == "PlanDefinition":
            assert {related["resource"] for related in one.resource()["relatedArtifact"] if "resource" in related} <= there


def test_what_only_a_draft_uses_is_a_draft() -> None:
    shelf = a_shelf(THREE, {"one": "1.0.0", "draft-two": "1.10.0"})
    assert listed(shelf, "ValueSet") == [("fever", "1.0.0", "active"), ("fever-1.10.0", "1.10.0", "draft"), ("pain", "1.0.0", "active")]
    assert listed(shelf, "PlanDefinition") == [("draft-two", "1.0.0", "draft"), ("one", "1.0.0", "active")]
    assert "draft-two" not in {one.id for one in released(catalogue(shelf))}


def test_without_a_rule_in_force_the_newest_vocabulary_is_the_one_in_use() -> None:
    assert ("fever", "1.10.0", "active") in listed(a_shelf(THREE, {"draft-one": "1.0.0"}), "ValueSet")


def test_a_set_that_comes_later_or_goes() -> None:
    shelf = a_shelf([words("1.0.0", PAIN, FEVER), words("2.0.0", PAIN, a_set("new", "5"))], {"one": "2.0.0"})
    assert listed(shelf, "ValueSet") == [("fever-1.0.0", "1.0.0", "retired"), ("new", "2.0.0", "active"), ("pain", "1.0.0", "active")]


def test_a_code_system_of_ours_grows() -> None:
    small, large = a_set("some", "a", system=OURS), a_set("some", "a", "b", system=OURS)
    shelf = a_shelf([words("1.0.0", small), words("1.1.0", large), words("1.2.0", large)], {"one": "1.2.0", "two": "1.0.0"})
    assert listed(shelf, "CodeSystem")[:2] == [("findings-1.0.0", "1.0.0", "active"), ("findings", "1.1.0", "active")]
    first, second = (one.resource() for one in catalogue(shelf) if one.base == "findings")
    assert [(one["count"], one["url"]) for one in (first, second)] == [(1, OURS), (2, OURS)]
    gone = a_shelf([words("1.0.0", small), words("2.0.0", PAIN)], {"one": "2.0.0"})
    assert listed(gone, "CodeSystem")[0] == ("findings-1.0.0", "1.0.0", "retired")


def test_a_remark_of_one_value_set_is_no_definition() -> None:
    one = ValueSet(
        "one", "One", "Some", (Code(OURS, "a", "A", "own code", note="Here alone"), Code(OURS, "b", "B", "own code", note="Always"))
    )
    two = ValueSet("two", "Two", "Some", (Code(OURS, "a", "A", "own code"), Code(OURS, "b", "B", "own code", note="Always")))
    (entry,) = [each for each in catalogue(a_shelf([words("1.0.0", one, two)], {"one": "1.0.0"})) if each.base == "findings"]
    assert entry.resource()["concept"] == [{"code": "a", "display": "A"}, {"code": "b", "display": "B", "definition": "Always"}]


@pytest.mark.parametrize(
    ("status", "first", "until", "told"),
    [
        ("active", "2026-11-22", None, "active"),
        ("active", "2026-11-23", None, "draft"),
        ("retired", "2000-01-01", "2026-11-23", "active"),
        ("retired", "2000-01-01", "2026-11-22", "retired"),
        ("draft", "2000-01-01", None, "draft"),
        ("draft", "2000-01-01", "2026-11-22", "draft"),
    ],
)
def test_status_by_the_day(status: str, first: str, until: str | None, told: str) -> None:
    ends = date.fromisoformat(until) if until else None
    assert status_on(a_rule(status=status, effective_from=date.fromisoformat(first), effective_until=ends), DAY) == told


def test_ids_lead_to_entries() -> None:
    entries = catalogue(a_shelf(THREE, {"one": "1.10.0"}))

    def led(resource_id: str, version: str = "") -> tuple[str, str] | None:
        found = find(entries, "ValueSet", resource_id, version)
        return (found[0].version, found[1]) if found else None

    assert led("fever") == ("1.10.0", "fever")
    assert led("fever", "1.10.0") == ("1.10.0", "fever")
    assert led("fever", "1.0.0") == ("1.0.0", "fever-1.0.0")
    assert led("fever-1.10.0") == ("1.10.0", "fever-1.10.0")
    assert led("fever-1.0.0", "1.0.0") == ("1.0.0", "fever-1.0.0")
    assert led("fever-1.0.0", "1.10.0") is led("fever-2.0.0") is led("fever", "2.0.0") is led("nothing") is None
    assert find(entries, "CodeSystem", "fever") is None


def test_a_rule_that_tells_little() -> None:
    """Without card, criteria, dates of revision or a developer: nothing is made up, nothing empty is left."""
    shelf = a_shelf([words("1.0.0")], {"bare": "1.0.0"})
    edition = replace(shelf.editions["bare"][0], rule=a_rule(id="bare", source_attributes={}, digest="", citations={}))
    made = plan_definition(shelf, edition, "bare")
    assert not {"date", "identifier"} & made.keys()
    assert made["author"] == [{"name": "The postfusion authors"}]
    assert "It has no card of its own" in made["action"][0]["description"]
    assert not {"textEquivalent", "action", "groupingBehavior", "documentation"} & action(edition, "x").keys()
    assert filled(a=None, b="", c=[], d={}, e=(), f=False, g=0) == {"f": False, "g": 0}


def test_names_and_versions() -> None:
    assert computer_name("red-flag-infection") == "RedFlagInfection"
    assert computer_name("postfusion.vocabulary") == "PostfusionVocabulary"
    assert len(computer_name("x" * 300)) == 255
    assert semver("1.10.0") > semver("1.9.0")
    assert since(a_shelf(THREE, {"one": "1.0.0"}), "1.10.0", lambda one: one.value_sets["pain"]) == "1.0.0"


def test_the_shelf_is_made_once_for_a_book_and_day() -> None:
    settings = Settings()
    first = publish(book(), settings, DAY)
    assert publish(book(), settings, DAY) is first
    assert publish(replace(book(), digest="another"), settings, DAY) is not first
    entry = first.entries[0]
    assert first.written(entry, entry.id) is first.written(entry, entry.id) != first.written(entry, entry.lasting_id)
    for day in range(1, KEPT + 3):
        publish(book(), settings, date(2026, 1, day))
        assert len(_kept) <= KEPT


def test_a_book_without_its_documents_still_has_what_it_resolved() -> None:
    bare: Book = replace(book(), documents={})
    editions = shelf_of(bare, Settings(), DAY).editions["fbss-label"]
    assert [one.title for one in editions[0].documents] == ["fbss-label/1.0.0.json"]
    assert book().documents["fbss-label/1.0.0.yaml"] == (ROOT / "rules/fbss-label/1.0.0.yaml").read_bytes()


@pytest.mark.parametrize("hook", HOOKS)
def test_the_rules_of_a_hook_read_what_the_hook_asks_for(hook: str) -> None:
    of_rules = {
        key for versions in book().versions.values() for rule in versions if hook in rule.hooks for key in keys_of_rule(book(), rule)
    }
    assert of_rules == set(keys_read(book(), hook))
    assert "medications" not in keys_of_rule(book(), book().versions["red-flag-infection"][0])


def test_entries_are_listed_in_one_order() -> None:
    entries: tuple[Entry, ...] = catalogue(a_shelf(THREE, {"two": "1.10.0", "one": "1.9.0"}))
    assert list(dict.fromkeys(one.kind for one in entries)) == ["PlanDefinition", "ValueSet", "CodeSystem", "Library"]
    assert [one.base for one in entries if one.kind == "PlanDefinition"] == ["one", "two"]


def test_a_suggestion_that_is_withheld_says_when() -> None:
    draft = Action("CommunicationRequest", "Ask", text="Please look")
    face = Face("info", "A summary", "A detail.", suggestions=(Suggestion("Ask", (draft,), unless="seen"),))
    seen = Criterion("seen", "It was seen", "guide", "is", True, fact="alive")
    rule = a_rule(face=face, criteria={"seen": seen}, ways=(Way("fires", none=("seen",)),))
    (made,) = action(Edition(rule, "Living adults."), "https://x.example/fhir/Library/some-rule|1.0.0")["action"]
    (condition,) = made["condition"]
    assert condition["expression"]["expression"] == "not seen"
    assert condition["expression"]["description"] == 'Not when "It was seen" is yes.'
    assert made["action"] == [
        {
            "title": "Ask",
            "textEquivalent": "Please look",
            "output": [{"type": "CommunicationRequest"}],
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/action-type", "code": "create"}]},
        }
    ]


def test_what_people_wrote_is_no_markup() -> None:
    shelf = a_shelf([words("1.0.0")], {"one": "1.0.0"})
    rule = a_rule(title="If a < b", limits="<script>alert(1)</script> & more")
    edition = Edition(rule, "Adults.", attributes=(("<i>Name", "a > b"),))
    div = plan_definition(shelf, edition, "one")["text"]["div"]
    assert "<h2>If a &lt; b</h2>" in div
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in div
    assert "<th>&lt;i&gt;Name</th><td>a &gt; b</td>" in div


def test_ways_in_words_and_in_the_language() -> None:
    says = {name: Criterion(name, f"It says {name}", "guide", "is", True, fact="alive") for name in "abcde"}
    counted = Way("counted", "Enough of them", all=("a",), at_least_of=(2, ("b", "c", "d")), none=("e",))
    either = Way("either", "One of two", any=("a", "b"))
    rule = a_rule(criteria=says, ways=(counted, either))
    assert fires(rule) == "(a and at_least(2; b, c, d) and not e) or ((a or b))"
    told = said(rule)
    assert "Enough of them: All of: It says a. At least 2 of: It says b; It says c; It says d. None of: It says e." in told
    assert " Or: One of two: At least one of: It says a; It says b." in told
    assert fires(replace(rule, ways=(either,))) == "(a or b)"
    assert said(replace(rule, ways=(either,))).startswith("At least one of: It says a; It says b.")
