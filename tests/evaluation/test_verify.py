"""What a shown verdict cites is validated as R4: once for the same bytes, and again for any other."""

import pytest

from service.evaluation import verify

GOOD = b'{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"}}'
BAD = b'{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},"colour":"red"}'


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_known", {})


def counted(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    asked: list[bytes] = []
    plain = verify._validated
    monkeypatch.setattr(verify, "_validated", lambda raw: (asked.append(raw), plain(raw))[1])
    return asked


def test_the_same_bytes_are_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(monkeypatch)
    for _ in range(3):
        assert verify.invalid(["Observation/a"], {"Observation/a": GOOD}) == {}
        assert verify.invalid(["Observation/a"], {"Observation/a": BAD}) == {"Observation/a": verify.INVALID}
    assert asked == [GOOD, BAD]


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "REMEMBERED", 3)
    asked = counted(monkeypatch)
    for number in range(10):
        assert verify.invalid(["Observation/a"], {"Observation/a": GOOD.replace(b'"a"', b'"a%d"' % number)}) == {}
        assert len(verify._known) <= 3
    assert len(asked) == 10


def test_nothing_of_a_resource_is_remembered() -> None:
    verify.invalid(["Observation/a"], {"Observation/a": GOOD})
    assert [len(digest) for digest in verify._known] == [16]


def test_a_reference_that_is_not_in_the_chart_is_not_validated() -> None:
    assert verify.invalid(["rule/other"], {}) == {}
