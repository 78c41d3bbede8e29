"""Relations between answers, over random charts: what must not matter does not, and an alarm never vanishes by adding to the record."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fhir.build import (
    CRP,
    ICD10,
    INTERPRETATION,
    LEFT,
    LOINC,
    PERINEUM,
    SNOMED,
    Json,
    Told,
    ask,
    ask_bundle,
    ask_hook,
    bundle,
    coding,
    condition,
    day,
    finding,
    fusion,
    grade,
    observed,
    patient,
    residual,
    sites,
    temperature,
    verified,
)
from tests.fhir.generate import Chart, charts, in_offset, relation, replaced, shifted

ALARM_RULES = ("red-flag-", "watch-infection")


def alarms(told: Told) -> dict[str, str]:
    return {rule: indicator for rule, indicator in told.shown.items() if rule.startswith(ALARM_RULES)}


@relation
@given(charts(), st.randoms(use_true_random=False))
def test_m1_order_of_entries(chart: Chart, chance: random.Random) -> None:
    mixed = [patient(), *chart.resources]
    chance.shuffle(mixed)
    assert ask_bundle(bundle(*mixed), chart.as_of).cards == chart.told().cards


@relation
@given(charts(), st.sampled_from((2, 5)))
def test_m2_repeated_entries(chart: Chart, times: int) -> None:
    assert ask_bundle(bundle(*[patient(), *chart.resources] * times), chart.as_of).cards == chart.told().cards


@relation
@given(charts())
def test_m2_copies_under_fresh_ids(chart: Chart) -> None:
    copies = [{**one, "id": f"copy-{one['id']}"} for one in chart.resources]
    told = ask_bundle(bundle(patient(), *chart.resources, *copies), chart.as_of)
    assert told.critical == chart.told().critical
    assert len(told.outcome.cards) == len(told.cards)


@relation
@given(charts(), st.sampled_from((25, 500)))
def test_m3_resources_no_rule_names(chart: Chart, count: int) -> None:
    noise = [observed("2345-7", day(chart.length), LOINC, valueQuantity={"value": 90 + n, "unit": "mg/dL"}) for n in range(count)]
    assert ask_bundle(bundle(patient(), *noise, *chart.resources), chart.as_of).cards == chart.told().cards


@relation
@given(charts())
def test_m4_one_bundle_or_several(chart: Chart) -> None:
    kinds = {"conditions": "Condition", "observations": "Observation", "procedures": "Procedure"}
    parts = {key: bundle(*(r for r in chart.resources if r["resourceType"] == kind)) for key, kind in kinds.items()}
    assert ask_hook({"patient": patient(), **parts}, chart.as_of).cards == chart.told().cards


@relation
@given(charts(), st.integers(-400, 4000))
def test_m5_alarms_count_days_alone(chart: Chart, days: int) -> None:
    moved = [shifted(one, days) for one in chart.resources]
    assert alarms(ask_bundle(bundle(patient(), *moved), day(chart.length + days))) == alarms(chart.told())


@relation
@given(charts(), st.sampled_from((-1461, 1461, 2922)))
def test_m5_a_whole_calendar_cycle(chart: Chart, days: int) -> None:
    moved = [shifted(one, days) for one in chart.resources]
    assert ask_bundle(bundle(patient(), *moved), day(chart.length + days)).cards == chart.told().cards


@relation
@given(charts(), st.sampled_from((-11, -5, 5.5, 9, 14)))
def test_m6_offsets(chart: Chart, hours: float) -> None:
    assert chart.but(lambda one: in_offset(one, hours)).cards == chart.told().cards


def _celsius(resource: Json) -> Json:
    quantity = resource.get("valueQuantity", {})
    if quantity.get("unit") == "[degF]":
        return {**resource, "valueQuantity": {"value": (quantity["value"] - 32) / 1.8, "unit": "Cel"}}
    return resource


@relation
@given(charts())
def test_m7_celsius(chart: Chart) -> None:
    assert chart.but(_celsius).cards == chart.told().cards


@pytest.mark.parametrize("tenth", range(960, 1060))
def test_m7_every_tenth_of_a_degree(tenth: int) -> None:
    warm = temperature(tenth / 10, day(20))
    assert ask(fusion(), _celsius(warm), as_of=day(20)).cards == ask(fusion(), warm, as_of=day(20)).cards


@relation
@given(charts(), st.data())
def test_m8_what_was_never_so(chart: Chart, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(chart.resources[1:] or chart.resources))
    if gone["resourceType"] == "Procedure":
        return
    if gone["resourceType"] == "Condition":
        undone = {**gone, **verified(data.draw(st.sampled_from(("entered-in-error",))))}
        undone = {name: value for name, value in undone.items() if value is not None}
    else:
        undone = {**gone, "status": data.draw(st.sampled_from(("entered-in-error", "cancelled")))}
    rest = [one for one in chart.resources if one is not gone]
    assert ask_bundle(bundle(patient(), *rest, undone), chart.as_of).cards == ask_bundle(bundle(patient(), *rest), chart.as_of).cards


def _worse(length: int) -> st.SearchStrategy[Json]:
    now = day(length)
    return st.sampled_from(
        [
            finding("saddle-sensory-change", now),
            finding("bowel-dysfunction-new", now),
            finding("foot-drop-new", now),
            finding("wound-drainage-restarted", now),
            finding("mechanical-pain-sudden-new", now),
            condition("192970008", now),
            condition("T81.44XA", now, ICD10),
            condition("225553008", now),
            temperature(104, now),
            residual(950, now),
            grade(0, now, "S1", LEFT),
        ]
    )


def kept(before: Told, after: Told) -> None:
    """Every critical rule is still critical, or stands inside a critical card that absorbed it."""
    for rule, indicator in before.shown.items():
        if indicator == "critical":
            hiders = after.verdict(rule).get("suppressedBy", [])
            assert after.shown.get(rule) == "critical" or any(after.shown.get(hider) == "critical" for hider in hiders)


@relation
@given(charts(), st.data())
def test_m9_adding_an_alarm_removes_none(chart: Chart, data: st.DataObject) -> None:
    more = data.draw(_worse(chart.length))
    kept(chart.told(), ask_bundle(bundle(patient(), *chart.resources, more), chart.as_of))


@relation
@given(charts(), charts())
def test_m9_joining_a_chart_of_present_findings_removes_none(chart: Chart, other: Chart) -> None:
    present = [one for one in other.resources[1:] if one.get("valueBoolean") is True]
    kept(chart.told(), ask_bundle(bundle(patient(), *chart.resources, *present), chart.as_of))


@relation
@given(charts(), st.sampled_from(("searchset", "batch", "transaction")))
def test_m10_type_of_bundle(chart: Chart, kind: str) -> None:
    ready = [{"resource": one, "request": {"method": "POST", "url": one["resourceType"]}} for one in (patient(), *chart.resources)]
    assert ask_bundle(bundle(*ready, kind=kind), chart.as_of).cards == chart.told().cards


R4B_ALONE = ("Citation", "Ingredient", "SubscriptionStatus", "NutritionProduct", "ClinicalUseDefinition")


@relation
@given(charts(), st.sampled_from(R4B_ALONE), st.sampled_from(("4.0", "4.3")))
def test_m11_r4_and_r4b(chart: Chart, kind: str, version: str) -> None:
    """What rules read is the same in both; what only R4B has is of no concern to any rule."""
    profile = {"profile": [f"http://hl7.org/fhir/StructureDefinition/Resource|{version}.0"]}
    named = [{**one, "meta": {**one.get("meta", {}), **profile}} for one in (patient(), *chart.resources)]
    assert ask_bundle(bundle(*named, {"resourceType": kind, "id": "only-in-r4b"}), chart.as_of).cards == chart.told().cards


@relation
@given(
    charts(),
    st.sampled_from(("https://ehr.example/fhir/Patient/p1", "Patient/p1/_history/2", "urn:uuid:0b6b5ad1-27c4-4a2e-8d0c-6f6a6dd4ed11")),
)
def test_m12_names_of_the_patient(chart: Chart, name: str) -> None:
    whose = {"fullUrl": name, "resource": patient()} if name.startswith(("https", "urn")) else patient()
    renamed = [{**one, "subject": {"reference": name}} for one in chart.resources]
    assert ask_bundle(bundle(whose, *renamed), chart.as_of).cards == chart.told().cards


@relation
@given(charts())
def test_m13_the_id_of_the_patient(chart: Chart) -> None:
    renamed = [replaced(one, "Patient/p1", "Patient/someone-else.7") for one in chart.resources]
    assert ask_bundle(bundle(patient(id="someone-else.7"), *renamed), chart.as_of).cards == chart.told().cards


@relation
@given(charts(), charts())
def test_m14_asking_again(chart: Chart, other: Chart) -> None:
    first = chart.told().cards
    other.told()
    assert chart.told().cards == first


def _worded(one: Json) -> Json:
    for coded in one["code"]["coding"]:
        coded["display"] = "Cauda equina syndrome"
    return {**one, "code": {**one["code"], "text": "No fever. Denies saddle numbness."}}


@relation
@given(charts())
def test_m15_display_and_text(chart: Chart) -> None:
    assert chart.but(_worded).cards == chart.told().cards


@relation
@given(charts(), st.booleans())
def test_m16_ids_and_full_urls(chart: Chart, named: bool) -> None:
    fresh = [{**one, "id": f"x{n}"} for n, one in enumerate(chart.resources)]
    ready = (
        [{"fullUrl": f"https://ehr.example/fhir/{one['resourceType']}/{one['id']}", "resource": one} for one in fresh] if named else fresh
    )
    assert ask_bundle(bundle(patient(), *ready), chart.as_of).cards == chart.told().cards


def _dressed(one: Json) -> Json:
    words = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">sepsis</div>'}
    more = {"url": "https://example.org/anything", "valueString": "urgent"}
    return {**one, "meta": {"tag": [{"code": "x"}], "profile": ["https://example.org/p"]}, "text": words, "extension": [more]}


@relation
@given(charts())
def test_m17_meta_narrative_and_extensions(chart: Chart) -> None:
    assert chart.but(_dressed).cards == chart.told().cards


@relation
@given(charts(), st.booleans())
def test_m18_order_of_codings(chart: Chart, first: bool) -> None:
    def change(one: Json) -> Json:
        foreign = {"system": "https://ehr.example/codes", "code": "Z9"}
        own: list[Any] = one["code"]["coding"]
        return {**one, "code": {"coding": [foreign, *own] if first else [*own, foreign]}}

    assert chart.but(change).cards == chart.told().cards


@relation
@given(charts(), st.sampled_from(("00:00:00+00:00", ".000Z", ".123456Z")))
def test_m19_spelling_of_instants(chart: Chart, ending: str) -> None:
    def change(one: Json) -> Json:
        ready = (
            replaced(one, "00Z", "00+00:00")
            if ending.endswith("+00:00")
            else replaced(replaced(one, "00Z", f"00{ending}"), "09Z", f"09{ending}")
        )
        return ready

    assert chart.but(change).cards == chart.told().cards


@relation
@given(charts(), st.data())
def test_m21_unknown_beats_false(chart: Chart, data: st.DataObject) -> None:
    fresh = day(max(chart.length - 1, 0))
    name = data.draw(st.sampled_from(("saddle-sensory-change", "foot-drop-new", "wound-redness-increasing", "mechanical-pain-sudden-new")))
    others = [one for one in chart.resources if name not in str(one["code"])]
    unread = observed(name, fresh, valueString="see letter")
    told = ask_bundle(bundle(patient(), *others, unread), chart.as_of)
    assert told.cards
    assert "data-unreadable" in told.shown or alarms(told)


def versions(first: Json, second: Json, backwards: bool) -> str:
    sent = (second, first) if backwards else (first, second)
    return ask(fusion(), *sent, as_of=day(300)).answer("red-flag-cauda-equina")


def test_m24_a_later_correction_replaces_and_an_older_one_does_not() -> None:
    def copy(status: str, present: bool, updated: str | None, **members: Any) -> Json:
        meta = {"lastUpdated": updated} if updated else None
        return finding("saddle-sensory-change", day(298), present, id="one", status=status, meta=meta, **members)

    early, late = f"{day(298)}T10:00:00Z", f"{day(299)}T10:00:00Z"
    for backwards in (False, True):
        assert versions(copy("final", True, early), copy("corrected", False, late), backwards) == "no"
        assert versions(copy("final", False, early), copy("corrected", True, late), backwards) == "yes"
        assert versions(copy("final", True, late), copy("corrected", False, early), backwards) == "yes"
        assert versions(copy("final", True, early), copy("entered-in-error", True, late), backwards) == "no"
        assert versions(copy("final", True, None), copy("corrected", False, None), backwards) == "no"
        assert versions(copy("final", True, None, issued=early), copy("final", False, None, issued=late), backwards) == "no"
        assert (
            versions(copy("final", True, f"{day(298)}T23:00:00-05:00"), copy("final", False, f"{day(299)}T01:00:00Z"), backwards) == "yes"
        )
        assert versions(copy("final", True, None), copy("final", False, None), backwards) == "yes"  # nothing ranks them: neither may vanish


RED_FLAGS: list[Any] = [
    ("red-flag-cauda-equina", lambda when: finding("saddle-sensory-change", when)),
    ("red-flag-cauda-equina", lambda when: finding("bowel-dysfunction-new", when)),
    ("red-flag-cauda-equina", lambda when: condition("192970008", when)),
    ("red-flag-cauda-equina", lambda when: condition("44077006", when, bodySite=sites(PERINEUM))),
    ("red-flag-early-retention", lambda when: condition("R33.9", when, ICD10)),
    ("red-flag-motor-deficit", lambda when: finding("foot-drop-new", when)),
    ("red-flag-motor-deficit", lambda when: condition("6077001", when)),
    ("red-flag-infection", lambda when: temperature(103, when)),
    ("red-flag-infection", lambda when: condition("58126003", when)),
    ("watch-infection", lambda when: finding("wound-redness-increasing", when)),
    ("red-flag-mechanical-pain", lambda when: finding("mechanical-pain-sudden-new", when)),
]


@pytest.mark.parametrize(("rule", "make"), RED_FLAGS)
def test_m25_a_red_flag_counts_from_the_operation_day_on(rule: str, make: Any) -> None:
    said = [ask(fusion(), make(day(n)), as_of=day(2)).answer(rule) for n in (-1, 0, 1)]
    assert said == ["no", "yes", "yes"]


def test_a_modifier_extension_anywhere_is_told() -> None:
    unknown = [{"url": "https://example.org/negated", "valueBoolean": True}]
    for one in (finding("saddle-sensory-change", day(299)), condition("192970008", day(299)), temperature(103, day(299))):
        assert "data-unreadable" in ask(fusion(), {**one, "modifierExtension": unknown}, as_of=day(300)).shown
    assert not ask(fusion(), observed("2345-7", day(299), LOINC, modifierExtension=unknown), as_of=day(300)).shown


def test_interpretation_alone_and_a_crp_of_nothing() -> None:
    marked = observed("44077006", day(299), SNOMED, (PERINEUM,), interpretation=[coding(INTERPRETATION, "POS")])
    assert ask(fusion(), marked, as_of=day(300)).answer("red-flag-cauda-equina") == "yes"
    assert "data-unreadable" in ask(fusion(), observed(CRP, day(299), LOINC), as_of=day(300)).shown
