"""Bytes worth reading: JSON in odd spellings, good bodies with a bite taken out, and good bodies with a key said twice."""

import json
import string
from typing import Any, Final

from hypothesis import strategies as st

from tests.faults.corpus import call, chart, feedback, text

GOOD: Final = {"bundle": text(chart()), "request": text(call(chart())), "feedback": text(feedback())}
_WORDS: Final = sorted(
    {"resourceType", "Bundle", "Observation", "entry", "resource", "subject", "reference", "hook", "context", "prefetch", "feedback", "card", "\u00e9", "", "a"}
)
_NUMBERS: Final = (
    "0", "-0", "1", "-1.5", "1e400", "-1E-400", "1e5", "01", "+1", ".5", "1.", "1e", "0x1", "NaN", "Infinity", "-Infinity", "9" * 30, "0.1", "39.50", "2E+3",
    "18446744073709551616", "1.7976931348623157e308", "4.9e-324", "123456789012345678901234567890.5",
)  # fmt: skip
_ESCAPES: Final = (
    r"\n", r"\"", r"\\", r"\/", r"\u0041", r"\u003a", r"\u003A", r"\ud83d\ude00", r"\ud800", r"\udc00\ud800", r"\x41", r"\u12", "\x00", "\x1f", "\x7f", "\u2028",
    "\ufeff", "\U0001f600", ":", '":"',
)  # fmt: skip
_BLANKS: Final = ("", "", "", " ", "\n", "\r\n\t", "\x0b", "\u00a0", "/* */")

_text = st.lists(st.sampled_from(_WORDS) | st.sampled_from(_ESCAPES) | st.text(string.ascii_letters, max_size=5), max_size=4).map(
    lambda parts: f'"{"".join(parts)}"'
)
_blank = st.sampled_from(_BLANKS)
_leaf = _text | st.sampled_from(_NUMBERS) | st.sampled_from(["true", "false", "null", "nul", "True", ""])


def _array(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.lists(inner, max_size=4), _blank).map(lambda made: f"[{made[1]}{','.join(made[0])}]")


def _object(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(_text, _blank, inner, _blank).map(lambda one: f"{one[0]}{one[1]}:{one[2]}{one[3]}")
    return st.tuples(_blank, st.lists(pair, max_size=4)).map(lambda made: f"{{{made[0]}{','.join(made[1])}}}")


written: Final = st.recursive(_leaf, lambda inner: _array(inner) | _object(inner), max_leaves=12)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@st.composite
def bitten(draw: st.DrawFn) -> bytes:
    """A good body with up to four pieces cut out, put in or repeated."""
    body = bytearray(draw(st.sampled_from(sorted(GOOD.values()))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 40))
        how = draw(st.sampled_from(("cut", "put", "written", "again", "flip")))
        if how == "cut":
            del body[at : at + length]
        elif how == "put":
            body[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif how == "written":
            body[at : at + length] = _bytes(draw(written))
        elif how == "again":
            body[at:at] = body[at : at + length]
        elif at < len(body):
            body[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(body)


spelt: Final = st.tuples(_blank, _object(written) | written, _blank).map(lambda parts: _bytes("".join(parts)))
anything: Final = spelt | bitten() | st.binary(max_size=200)


# --- a key said twice ----------------------------------------------------------------------------------------------------------

Place = tuple[Any, ...]
_EVIL: Final[dict[str, Any]] = {
    "reference": "Patient/p2", "id": "p2", "status": "entered-in-error", "value": 36.0, "unit": "x", "code": "0", "resourceType": "Basic",
    "effectiveDateTime": "2020-01-01", "valueQuantity": {"value": 36.0, "unit": "Cel"}, "subject": {"reference": "Patient/p2"}, "entry": [], "birthDate": "2020-01-01",
}  # fmt: skip


def objects(value: Any, at: Place = ()) -> list[Place]:
    """The places of all objects that have members."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    own = [at] if isinstance(value, dict) and value else []
    return own + [place for key, one in parts for place in objects(one, (*at, key))]


def within(value: Any, at: Place) -> Any:
    for key in at:
        value = value[key]
    return value


@st.composite
def said_twice(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A chart with one key twice, and the charts that readers of the first and of the last would see; see `large`."""
    tree = chart()
    at = draw(st.sampled_from(objects(tree)))
    key = draw(st.sampled_from(sorted(within(tree, at))))
    true, false = within(tree, at)[key], _EVIL.get(key, draw(st.sampled_from(["x", None, 0, {}, []])))
    spelling = draw(st.sampled_from((json.dumps(key), f'"\\u{ord(key[0]):04x}{key[1:]}"', f'"\\u{ord(key[0]):04X}{key[1:]}"')))
    blank = draw(st.sampled_from(("", " ", "\n  ")))
    order = [(json.dumps(key), true), (spelling, false)]
    first, last = (order, order[::-1]) if draw(st.booleans()) else (order[::-1], order)
    del last
    filler = {"filler": "@filler@"}
    twice = f"{blank},{blank}".join(f"{name}{blank}:{blank}{json.dumps(value)}" for name, value in first)
    seen = [_with(tree | filler, at, key, value) for _, value in first]
    return _spliced(tree | filler, at, key, twice), text(seen[0]), text(seen[1])


def large(body: bytes) -> bytes:
    """The body beyond the size up to which every object is searched for repeated keys."""
    return body.replace(b"@filler@", b"x" * 70_000)


def _with(tree: Any, at: Place, key: str, value: Any) -> Any:
    copied = json.loads(json.dumps(tree))
    within(copied, at)[key] = value
    return copied


def _spliced(tree: Any, at: Place, key: str, twice: str) -> bytes:
    """The tree as compact JSON, the member at `key` replaced by what says it twice."""
    marked = json.dumps(_with(tree, at, key, "@twice@"), separators=(",", ":"))
    return marked.replace(f'{json.dumps(key)}:"@twice@"', twice).encode()
