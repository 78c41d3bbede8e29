"""Bodies that must not be judged: 400, 413 or 415, saying where, never what."""

import gzip
import io
import json
from typing import Any

import pytest

from tests.web.conftest import MARKER, Judge, Post, refused

BUNDLE = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "p1"}}]}
MALFORMED = [
    b"",
    b"   \n",
    b"[]",
    b'"text"',
    b"null",
    b"{not json",
    b'{"resourceType": "Bundle",}',
    b'{"resourceType": "Bundle"} {}',
    b'{"resourceType": "Bundle" /* no comments */}',
    b"\xef\xbb\xbf{}",
    b'{"a": "\xff\xfe"}',
    '{"resourceType": "Bundle"}'.encode("utf-16"),
    b'{"a": NaN}',
    b'{"a": [Infinity]}',
    b'{"a": -Infinity}',
    b'{"a": "\\ud800"}',
    b'{"a": "\x00"}',
    b'{"a": 01}',
    b'{"a": {"b": 1, "b": 2}}',
    b'{"a": 1, "a": 2}',
]
DEEP = [b'{"a":' + b"[" * n + b"]" * n + b"}" for n in (64, 200, 5_000, 100_000)]
DEEP += [b'{"a":' * n + b"1" + b"}" * n for n in (64, 200, 50_000)]


@pytest.mark.parametrize("body", MALFORMED + DEEP, ids=lambda body: repr(body[:24]))
def test_what_is_no_json_object_is_refused(ask: Post, call: Post, judge: Judge, body: bytes) -> None:
    refused(ask(body), 400, "structure")
    refused(call(body), 400, "structure")
    assert judge.question is None


def test_the_place_of_a_fault_is_named(ask: Post) -> None:
    issue = refused(ask(b'{"resourceType": "Bundle", "a": tru}'), 400, "structure")
    assert "character 32" in issue["diagnostics"]
    assert "byte 6" in refused(ask(b'{"a":"\xff"}'), 400, "structure")["diagnostics"]


def large(**members: Any) -> bytes:
    """A body above the size up to which every object is searched."""
    return json.dumps({**BUNDLE, "filler": "x" * 300_000, **members}).encode()


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b'"type": "collection"', b'"type": "batch", "type": "collection"', None),
        (b'{"resource":', b'{"fullUrl": "a", "fullUrl": "b", "resource":', "Bundle.entry[0]"),
        (b'{"resource":', b'{"search": {"mode": "match", "mode": "include"}, "resource":', "Bundle.entry[0].search"),
        (
            b'{"resource":',
            b'{"resource": {"resourceType": "Bundle", "\\u0065ntry": ["long enough to be looked at"], "\\u0065ntry": []}}, {"resource":',
            "Bundle.entry[0].resource",
        ),
    ],
)
@pytest.mark.parametrize("blanks", [True, False])
def test_repeated_keys_of_a_large_bundle(ask: Post, judge: Judge, old: bytes, new: bytes, where: str | None, blanks: bool) -> None:
    assert ask(large()).status_code == 200
    whole = large()
    if not blanks:
        whole, old, new = (one.replace(b'": ', b'":').replace(b", ", b",") for one in (whole, old, new))
    body = whole.replace(old, new, 1)
    assert body != whole
    judge.question = None
    refused(ask(body), 400, "structure", where)
    assert judge.question is None


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b'"patientId": "p1"', b'"patientId": "p1", "patientId": "p2"', "context"),
        (b'"patient": {', b'"patient": null, "patient": {', "prefetch"),
        (b'"type": "searchset"', b'"type": "searchset", "type": "batch"', "prefetch.observations"),
        (b'{"resource": {', b'{"resource": null, "resource": {', "prefetch.observations.entry[0]"),
    ],
)
def test_repeated_keys_of_a_large_call(call: Post, hook_body: dict[str, Any], old: bytes, new: bytes, where: str) -> None:
    body = json.dumps(hook_body | {"filler": "x" * 300_000}).encode()
    assert call(body).status_code == 200
    refused(call(body.replace(old, new, 1)), 400, "structure", where)


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity"])
def test_no_number_that_is_none_in_a_large_body(ask: Post, number: bytes) -> None:
    refused(ask(large(a=1).replace(b'"a": 1', b'"a": ' + number)), 400, "structure")


def test_the_word_nan_in_a_large_text_is_a_text(ask: Post) -> None:
    assert ask(large(a="NaN")).status_code == 200


def test_depth_counts_structure_not_text(ask: Post) -> None:
    assert ask({**BUNDLE, "a": "[" * 200 + '\\"{' * 60}).status_code == 200
    nested: Any = 1
    for _ in range(40):
        nested = {"a": [nested, "]}\\"]}
    refused(ask({**BUNDLE, "a": nested}), 400, "structure")


def test_a_long_flat_list_is_not_deep(ask: Post) -> None:
    assert ask({**BUNDLE, "a": [{"b": [1]}] * 500}).status_code == 200


def test_a_deep_resource_in_a_large_bundle(ask: Post) -> None:
    nested: Any = 1
    for _ in range(70):
        nested = [nested]
    refused(ask(large(entry=[{"resource": {"resourceType": "Basic", "a": nested}}])), 400, "structure")


def test_too_large(ask: Post, call: Post) -> None:
    refused(ask(b" " * 400_001), 413, "too-long")
    refused(call(b" " * 400_001), 413, "too-long")


def test_too_large_without_an_announced_length(ask: Post) -> None:
    chunked = {"wsgi.input": io.BytesIO(b" " * 500_000), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    refused(ask(b"", environ_overrides=chunked), 413, "too-long")


def test_too_many_entries(ask: Post, call: Post, hook_body: dict[str, Any]) -> None:
    many = {"resourceType": "Bundle", "entry": [{}] * 20_001}
    refused(ask(many), 413, "too-long", "Bundle")
    assert ask({"resourceType": "Bundle", "entry": [{}] * 20_000}).status_code == 200
    half = {"resourceType": "Bundle", "entry": [{}] * 10_001}
    refused(call(hook_body | {"prefetch": {"conditions": half, "reports": half}}), 413, "too-long", "prefetch")


def test_too_many_members(monkeypatch: pytest.MonkeyPatch, ask: Post) -> None:
    monkeypatch.setattr("service.web.strict_json.MAX_MEMBERS", 100)
    refused(ask({**BUNDLE, "a": [1] * 101}), 413, "too-long")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "application/x-yaml", "text/json", ""]
)
def test_other_content_types(ask: Post, call: Post, kind: str) -> None:
    refused(ask(BUNDLE, kind=kind), 415, "not-supported", "Content-Type")
    refused(call(BUNDLE, kind), 415, "not-supported", "Content-Type")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip", "br"])
def test_compressed_bodies(ask: Post, encoding: str) -> None:
    body = gzip.compress(json.dumps(BUNDLE).encode())
    refused(ask(body, headers={"Content-Encoding": encoding}), 415, "not-supported", "Content-Encoding")


def test_the_charset_must_be_utf_8(ask: Post) -> None:
    assert ask(BUNDLE, kind="application/json; charset=utf-8").status_code == 200
    refused(ask(BUNDLE, kind="application/json; charset=latin1"), 415, "not-supported", "Content-Type")


def test_fhir_json_is_for_bundles_only(ask: Post, call: Post, hook_body: dict[str, Any]) -> None:
    assert ask(BUNDLE, kind="application/fhir+json").status_code == 200
    refused(call(hook_body, "application/fhir+json"), 415, "not-supported")


class Broken:
    def read(self, *_: object) -> bytes:
        raise RuntimeError(MARKER)


@pytest.mark.parametrize("stream", [io.BytesIO(b"{}"), Broken()], ids=["breaks off", "server fails"])
def test_a_body_that_cannot_be_read_to_its_end(call: Post, stream: object) -> None:
    response = call(b"", environ_overrides={"wsgi.input": stream, "CONTENT_LENGTH": "50"})
    refused(response, 400, "structure")


def test_what_is_neither_bundle_nor_call(ask: Post) -> None:
    refused(ask({"resourceType": "Patient", "id": MARKER}), 400, "structure", "resourceType")
    refused(ask({MARKER: 1}), 400, "structure", "resourceType")


def test_odd_entries_are_left_to_the_fhir_room(ask: Post, judge: Judge) -> None:
    for entry in ("text", {"a": 1}, [1, "two", None], []):
        assert ask({"resourceType": "Bundle", "entry": entry}).status_code == 200
    assert len(judge.bundles) == 4
