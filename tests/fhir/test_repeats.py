"""Keys that stand twice: refused in every resource that a rule could read, wherever they hide its code."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.evaluation.codes import index_of
from service.fhir import Refused, read_bundle, read_prefetch
from service.fhir.codes import Texts, texts_of
from tests.stories.replay import book

MOMENT, ZONE = datetime(2026, 3, 1, tzinfo=UTC), ZoneInfo("UTC")
INDEX = index_of(book().vocabularies["1.0.0"])
OURS = '{"coding":[{"system":"http://loinc.org","code":"8310-5"}]}'  # body temperature
FOREIGN = '{"coding":[{"system":"http://loinc.org","code":"2345-7","display":"Glucose"}]}'
SUBJECT = '"subject":{"reference":"Patient/p1"},"status":"final"'
PATIENT = '{"resourceType":"Patient","id":"p1"}'
FINE = f'{{"resourceType":"Observation","id":"o","code":{OURS},{SUBJECT}}}'


def bundle(*resources: str) -> bytes:
    entries = ",".join(f'{{"resource":{one}}}' for one in resources)
    return f'{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}'.encode()


def read(*resources: str, vetted: bool = False) -> None:
    read_bundle(bundle(PATIENT, *resources), MOMENT, ZONE, INDEX, vetted=vetted)


REPEATED = {
    "the code, ours last": f'{{"resourceType":"Observation","code":{FOREIGN},"code":{OURS},{SUBJECT}}}',
    "the code, ours first": f'{{"resourceType":"Observation","code":{OURS},"code":{FOREIGN},{SUBJECT}}}',
    "the code of a coding": f'{{"resourceType":"Observation","code":{{"coding":[{{"code":"8310-5","code":"2345-7"}}]}},{SUBJECT}}}',
    "codings": f'{{"resourceType":"Condition","code":{{"coding":[{{"code":"M96.1"}}],"coding":[]}},{SUBJECT}}}',
    "a code spelled otherwise": f'{{"resourceType":"Condition","code":{{"coding":[{{"code" : " m961 "}}],"coding":[]}},{SUBJECT}}}',
    "a key with escapes": f'{{"resourceType":"Observation","c\\u006fde":{OURS},"code":{FOREIGN},{SUBJECT}}}',
    "a code with escapes": f'{{"resourceType":"Observation","code":{{"coding":[{{"code":"8310\\u002d5"}}]}},"code":{FOREIGN},{SUBJECT}}}',
    "a value": f'{{"resourceType":"Observation","code":{OURS},"valueQuantity":{{"value":39,"value":36}},{SUBJECT}}}',
    "the subject": f'{{"resourceType":"Observation","code":{OURS},"subject":{{"reference":"Patient/p2"}},{SUBJECT}}}',
    "a value of a component": f'{{"resourceType":"Observation","code":{FOREIGN},"component":[{{"code":{OURS},"code":{FOREIGN}}}],{SUBJECT}}}',
    "components": f'{{"resourceType":"Observation","code":{FOREIGN},"component":[{{"code":{OURS}}}],"component":[],{SUBJECT}}}',
    "the type, ours first": f'{{"resourceType":"Observation","resourceType":"Claim","code":{OURS},{SUBJECT}}}',
    "the type, ours last": f'{{"resourceType":"Claim","resourceType":"Observation","code":{OURS},{SUBJECT}}}',
    "the type with escapes, foreign last": f'{{"resourceType" : "Observation" , "\\u0072esourceType":"Claim","code":{OURS},{SUBJECT}}}',
    "the type with escapes, foreign first": f'{{"resourceType":"Claim","\\u0072esourceType":"Observation","code":{OURS},{SUBJECT}}}',
    "the type with escapes, no row of a chart": '{"resourceType":"OperationOutcome","\\u0072esourceType":"Observation"}',
    "the type alone": '{"resourceType":"Claim","resourceType":"Observation"}',
    "a patient's id": '{"resourceType":"Patient","id":"p2","id":"p1"}',
    "a medication's code": '{"resourceType":"Medication","id":"m","code":{"text":"a"},"code":{"text":"b"}}',
    "what has no code": f'{{"resourceType":"MedicationRequest","status":"active","status":"stopped",{SUBJECT}}}',
    "what cannot be decoded": f'{{"resourceType":"Observation","code":{OURS},"status":1,"status":2,"subject":{{"reference":"Patient/p1"}}}}',
    "a colon with escapes": f'{{"resourceType":"Observation","code":{OURS},"note":[{{"text":"\\u003a"}}],"status":"final",{SUBJECT}}}',
}


@pytest.mark.parametrize("resource", REPEATED.values(), ids=REPEATED)
def test_a_repeated_key_is_refused_by_place(resource: str) -> None:
    with pytest.raises(Refused) as caught:
        read(FINE, resource)
    assert (caught.value.status, caught.value.code) == (400, "structure")
    assert caught.value.expression == ("Bundle.entry[2].resource",)


@pytest.mark.parametrize("resource", REPEATED.values(), ids=REPEATED)
def test_prefetch_is_searched_alike(resource: str) -> None:
    with pytest.raises(Refused) as caught:
        read_prefetch({"observations": bundle(resource), "conditions": b"null", "procedures": b"null"}, "p1", MOMENT, ZONE, INDEX)
    assert caught.value.expression == ("prefetch.observations.entry[0].resource",)


LEGAL = {
    "a foreign resource": f'{{"resourceType":"Observation","code":{FOREIGN},"extension":[{{"url":"x","url":"x"}}],{SUBJECT}}}',
    "a type no rule reads": '{"resourceType":"Claim","id":"c","status":"active","status":"draft"}',
    "our code as a display": f'{{"resourceType":"Observation","code":{{"coding":[{{"code":"x","display":"8310-5"}}]}},{SUBJECT}}}',
    "a word that is no key": f'{{"resourceType":"Observation","code":{FOREIGN},"note":[{{"text":"code"}}],{SUBJECT}}}',
    "a contained resource": f'{{"resourceType":"Claim","contained":[{PATIENT}]}}',
    "escapes": f'{{"resourceType":"Observation","code":{{"text":"\\u00e9\\u003a"}},{SUBJECT}}}',
    "numbers beyond use": f'{{"resourceType":"Observation","code":{OURS},"valueQuantity":{{"value":1e400}},{SUBJECT}}}',
}


@pytest.mark.parametrize("resource", LEGAL.values(), ids=LEGAL)
def test_what_no_rule_could_read_is_not_searched(resource: str) -> None:
    read(resource)


def test_a_body_known_to_repeat_nothing_is_not_searched_again() -> None:
    read(REPEATED["a value"], vetted=True)


def test_one_resource_has_so_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.fhir.repeats.MAX_PARTS", 20)
    many = json.dumps({"url": "x", "valueString": "y"})
    wide = f'{{"resourceType":"Observation","code":{OURS},"extension":[{",".join([many] * 20)}],{SUBJECT}}}'
    with pytest.raises(Refused) as caught:
        read(wide)
    assert (caught.value.status, caught.value.code) == (413, "too-long")


TEXTS = texts_of([("s", "M545"), ("s", "saddle"), ("s", "8310-5")], [("s", "M96")])


@pytest.mark.parametrize(
    ("head", "ours"),
    [
        (':"M54.5"}', True),
        (' :\n"saddle" , "display":"x', True),
        (':"m96.19","display', True),  # below a prefix
        (':" 8310-5 "', True),
        (':"glucose","', False),
        (':{"coding', False),  # another kind of value
        (',"x":', False),  # a value, no key
        (':"8310\\u002d5"', True),  # cannot be told
        (':"' + "x" * 40, False),  # longer than any
        (':"' + " " * 40, True),  # cut off within blanks
        (':"M.9.6.' + "." * 40, True),
        (" " * 40, True),
        (":" + " " * 40, True),
    ],
)
def test_what_could_be_one_of_our_codes(head: str, ours: bool) -> None:
    assert TEXTS.begins(head.encode()) is ours


def test_no_codes_at_all() -> None:
    assert Texts(frozenset(), frozenset(), (), 0).begins(b':"x"') is False


def test_answers_alone_say_nothing_of_what_a_resource_is_about() -> None:
    assert not INDEX.texts.begins(b':"N","display":"Normal"}')
    assert INDEX.texts.begins(b':"8310-5"}')


@pytest.mark.parametrize("body", [b'{"resourceType":"Bundle","entry":[', b'{"resourceType"', b'{ "resourceType" : "Bundle", "type": "\xff" }'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Also where it says first of all that it is a Bundle."""
    with pytest.raises(Refused) as caught:
        read_bundle(body, MOMENT, ZONE, INDEX)
    assert (caught.value.status, caught.value.code) == (400, "structure")
