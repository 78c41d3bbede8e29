"""A published value set holds exactly the codes the service matches, and our code systems all codes of ours."""

import json
import re
import warnings
from collections.abc import Callable
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.cards.cards import MORE
from service.fhir.codes import ICD10CM, ICD10PCS, build_index
from service.fhir.shapes import Coding
from service.interop import checked
from service.interop.licences import SNOMED, STATEMENTS, copyright_of, is_free
from service.interop.shelf import LOCAL_FINDINGS
from service.interop.terminology import QUALIFIERS
from tests.interop.published import Resource, entries, release, resources, shelf, walk
from tests.stories.replay import NAMES, ROOT, as_of, book, client, text_of

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="(read|open)_text is deprecated", category=DeprecationWarning)
    import simple_icd_10_cm as icd10cm  # type: ignore[import-untyped]

VOCABULARY = book().vocabularies["1.0.0"]
INDEX = build_index(VOCABULARY)
SETS = sorted(VOCABULARY.value_sets)
HEADS = sorted({code.code for one in VOCABULARY.value_sets.values() for code in one.codes if code.system == ICD10PCS})
HL7 = "http://terminology.hl7.org/CodeSystem"
TERMINOLOGIES = (*STATEMENTS, f"{HL7}/v2-0136", f"{HL7}/v3-ObservationInterpretation")
Pair = tuple[str, str]


def neighbours(code: str) -> set[str]:
    """A code and what resembles it: longer, shorter, a letter changed."""
    return {code, code[:-1], f"{code}0", f"{code}A", f"{code}XXA", code[:-1] + ("1" if code[-1] != "1" else "2"), f"0{code}"} - {""}


@lru_cache(maxsize=1)
def candidates() -> frozenset[Pair]:
    """Every code of every value set with its neighbours, in its own system and another, and the whole of ICD-10-CM."""
    held = {(code.system, code.code) for one in VOCABULARY.value_sets.values() for code in one.codes}
    near = {(system, other) for system, code in held for other in neighbours(code)}
    strangers = {("https://example.org/codes", code) for _, code in held} | {(SNOMED, code) for _, code in held}
    return frozenset(near | strangers | {(ICD10CM, code) for code in icd10cm.get_all_codes(True)})


@lru_cache(maxsize=1)
def matched() -> dict[str, set[Pair]]:
    """By concept, every candidate the service takes for it."""
    found: dict[str, set[Pair]] = {}
    for pair in candidates():
        for match in INDEX.match(Coding(*pair)):
            found.setdefault(match.concept, set()).add(pair)
    return found


def expansion(compose: Resource, pool: frozenset[Pair]) -> set[Pair]:
    """The members of `pool` that belong to a value set, as a terminology server reads its definition."""
    rules = [(include["system"], _includes(include)) for include in compose["include"]]
    return {(system, code) for system, code in pool for wanted, holds in rules if system == wanted and holds(code)}


def _includes(include: Resource) -> Callable[[str], bool]:
    if "concept" in include:
        return {one["code"] for one in include["concept"]}.__contains__
    (only,) = include["filter"]
    if only["op"] == "is-a":
        assert only["property"] == "concept"
        return {only["value"], *icd10cm.get_descendants(only["value"])}.__contains__
    assert (only["property"], only["op"]) == ("code", "regex")
    return lambda code: re.fullmatch(only["value"], code) is not None


def as_written(pairs: set[Pair]) -> set[Pair]:
    """Without the other spellings of ICD-10-CM codes that the service takes as well: only those of the published list."""
    return {pair for pair in pairs if pair[0] != ICD10CM or icd10cm.is_valid_item(pair[1])}


@pytest.mark.parametrize("name", SETS)
def test_it_holds_exactly_the_codes_the_service_matches(name: str) -> None:
    told = expansion(resources()[f"ValueSet/{name}"]["compose"], candidates())
    concepts = [code.code for code in VOCABULARY.value_sets[name].codes] if name == LOCAL_FINDINGS else [name]
    accepted = {pair for concept in concepts for pair in matched().get(concept, set())}
    assert as_written(told) == as_written(accepted)
    assert told <= accepted  # nothing is claimed that is not matched
    assert told


@settings(max_examples=300, deadline=None)
@given(head=st.sampled_from(HEADS), tail=st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", max_size=3), cut=st.integers(0, 3))
def test_prefixes_of_procedures_hold_for_any_code(head: str, tail: str, cut: int) -> None:
    pair = (ICD10PCS, (head[: len(head) - cut] or head) + tail)
    claimed = {name for name in SETS if expansion(resources()[f"ValueSet/{name}"]["compose"], frozenset([pair]))}
    assert claimed == {match.concept for match in INDEX.match(Coding(*pair))}


def test_this_test_can_fail() -> None:
    compose = resources()["ValueSet/infection-dx"]["compose"]
    whole = {"include": [*compose["include"], {"system": SNOMED, "concept": [{"code": "22298006"}]}]}
    fewer = {"include": compose["include"][1:]}
    pool = candidates() | {(SNOMED, "22298006")}
    assert expansion(whole, pool) - expansion(compose, pool) == {(SNOMED, "22298006")}
    assert expansion(fewer, pool) < expansion(compose, pool)


@pytest.mark.parametrize("name", SETS)
def test_every_code_keeps_its_display_and_its_condition(name: str) -> None:
    """A code that counts only under a condition says so where it is listed, or in the description when it is a prefix."""
    made = resources()[f"ValueSet/{name}"]
    listed = {(one["system"], concept["code"]): concept for one in made["compose"]["include"] for concept in one.get("concept", [])}
    for code in VOCABULARY.value_sets[name].codes:
        said = made["description"] if code.prefix else json.dumps(listed[code.system, code.code])
        assert code.display in (said if code.prefix else listed[code.system, code.code].get("display", ""))
        if code.qualifier:
            assert QUALIFIERS[code.qualifier] in said
        if code.note:
            assert json.dumps(code.note)[1:-1].rstrip(".") in (json.dumps(said) if code.prefix else said)
    prefixes = [code for code in VOCABULARY.value_sets[name].codes if code.prefix]
    assert ("seventh character" in made["description"]) is any(code.system == ICD10CM for code in prefixes)


def test_every_system_is_known_or_ours() -> None:
    ours = {one["url"] for name, one in resources().items() if name.startswith("CodeSystem/")}
    named = {code.system for one in VOCABULARY.value_sets.values() for code in one.codes}
    assert named <= {*TERMINOLOGIES, *ours}


@pytest.mark.parametrize("base", ["findings", "override-reasons"])
def test_our_code_systems_hold_every_code_of_ours(base: str) -> None:
    system = resources()[f"CodeSystem/{base}"]
    held: dict[str, set[tuple[str, str]]] = {}
    for code in (code for one in VOCABULARY.value_sets.values() for code in one.codes if code.system == system["url"]):
        held.setdefault(code.code, set()).add((code.display, code.note))
    assert system["url"] == f"https://postfusion.example.org/fhir/CodeSystem/{base}"
    assert [one["code"] for one in system["concept"]] == list(held)
    for one in system["concept"]:
        ((display, note),) = held[one["code"]] if len(held[one["code"]]) == 1 else {(*{shown for shown, _ in held[one["code"]]}, "")}
        assert (one["display"], one.get("definition", "")) == (display, note)


def test_cards_name_topics_of_the_published_code_system() -> None:
    system = resources()["CodeSystem/rules"]
    codes = {one["code"]: one["display"] for one in system["concept"]}
    caller, topics = client(), []
    for name in NAMES:
        asked = {"asOf": as_of(name).isoformat()}
        answer = caller.post("/evaluate", data=text_of(name, "bundle.json"), content_type="application/json", query_string=asked)
        topics += [card["source"]["topic"] for card in answer.json["cards"]]
    assert len({topic["code"] for topic in topics}) > 5
    for topic in topics:
        assert topic["system"] == system["url"]
        assert topic["code"] in codes
    assert set(codes) == {*book().versions, MORE}


NOTICE = " ".join((ROOT / "NOTICE").read_text().split())


@pytest.mark.parametrize("system", STATEMENTS)
def test_terms_are_those_of_the_notice(system: str) -> None:
    assert STATEMENTS[system] in NOTICE


@pytest.mark.parametrize("name", SETS)
def test_each_value_set_names_the_terms_of_its_codes(name: str) -> None:
    made, codes = resources()[f"ValueSet/{name}"], VOCABULARY.value_sets[name].codes
    for system in {code.system for code in codes} & STATEMENTS.keys():
        assert STATEMENTS[system] in made["copyright"]
    paid = {code.code for code in codes if code.system == SNOMED and not is_free(code)}
    assert set(re.findall(r"\b\d{6,18}\b", made.get("copyright", ""))) == paid
    assert made.get("copyright", "") == copyright_of(codes)


def test_the_ids_that_need_a_licence_are_those_of_the_notice() -> None:
    codes = [code for one in VOCABULARY.value_sets.values() for code in one.codes if code.system == SNOMED]
    listed = NOTICE[NOTICE.index("ids below") : NOTICE.index("LOINC This material")]
    assert {code.code for code in codes if not is_free(code)} == set(re.findall(r"\b\d{7,18}\b", listed))


def test_codes_of_our_own_have_no_terms_of_others() -> None:
    assert "copyright" not in resources()["ValueSet/local-findings"]


def test_what_a_rule_rests_on_is_named() -> None:
    plan = resources()["PlanDefinition/red-flag-cauda-equina"]
    on = {one["resource"].partition("|")[0] for one in plan["relatedArtifact"] if one["type"] == "depends-on"}
    base = shelf().canonical
    assert {f"{base}/fhir/ValueSet/cauda-equina-dx", f"{base}/fhir/CodeSystem/findings", f"{base}/fhir/Library/postfusion.vocabulary"} <= on
    asking = resources()["PlanDefinition/fbss-time-criteria"]
    assert f"{base}/fhir/PlanDefinition/si-joint-likely|1.0.0" in {one.get("resource") for one in asking["relatedArtifact"]}


def test_every_reference_leads_to_something_in_the_release() -> None:
    there = {one.canonical for one in release()} | {one.url for one in release()}
    seen = 0
    for one in release():
        for path, value in walk(checked(one.resource())):
            if path.endswith((".resource", ".library", ".expression.reference")) and isinstance(value, str):
                seen += 1
                assert value in there, (one.id, path, value)
    assert seen > 500


def test_entries_know_their_resources() -> None:
    for one in entries():
        made = resources()[f"{one.kind}/{one.id}"]
        assert (made["resourceType"], made["id"], made["url"], made["version"]) == (one.kind, one.id, one.url, one.version)
        assert (made["name"], made["title"], made["status"]) == (one.name, one.title, one.status)
