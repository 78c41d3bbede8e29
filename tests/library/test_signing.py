"""A signed release: made by one key, checked by its public half, and only when our configuration asks for it."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from service.library import BadKey, BookError, load_book
from service.library.lock import LOCK, SIGNATURE
from service.library.locking import relock
from service.library.signing import check_signature, read_key, sign
from tests.library.books import write

EC, ED = ECKey.generate_key("P-256", private=True), OKPKey.generate_key("Ed25519", private=True)
OTHER = ECKey.generate_key("P-256", private=True)


def private(key: ECKey | OKPKey) -> bytes:
    return key.as_pem(private=True)


def public(key: ECKey | OKPKey) -> bytes:
    return key.as_pem(private=False)


@pytest.fixture(params=[EC, ED], ids=["ES256", "Ed25519"])
def key(request: pytest.FixtureRequest, root: Path) -> ECKey | OKPKey:
    relock(root)
    sign(root, private(request.param))
    made: ECKey | OKPKey = request.param
    return made


def refusal(root: Path, key: bytes) -> str:
    with pytest.raises(BookError) as caught:
        load_book(root, public_key=key)
    (problem,) = caught.value.problems
    assert problem.file == SIGNATURE
    return problem.reason


def test_a_signed_book_loads(root: Path, key: ECKey | OKPKey) -> None:
    assert load_book(root, public_key=public(key)).digest == load_book(root).digest
    as_jwk = json.dumps(key.as_dict(private=False)).encode()
    assert load_book(root, public_key=as_jwk).digest


def test_another_key_or_another_lock_is_refused(root: Path, key: ECKey | OKPKey) -> None:
    assert refusal(root, public(OTHER)).startswith("is not the signature of LOCK by the configured key")
    write(root, {"README.md": "# Changed\n"})
    relock(root)
    assert load_book(root)
    assert refusal(root, public(key)).startswith("is not the signature of LOCK by the configured key")


def test_no_signature_is_refused_when_one_is_wanted(root: Path, key: ECKey | OKPKey) -> None:
    (root / SIGNATURE).unlink()
    assert load_book(root)
    assert refusal(root, public(key)).startswith("is missing, and a public key is configured")


@pytest.mark.parametrize(
    "text", [b"", b"..", b"\xff\xfe", b"eyJhbGciOiJub25lIn0..", b"eyJhbGciOiJIUzI1NiJ9..AAAA", b"a.b.c", b"eyJhbGciOiJFUzI1NiJ9.."]
)
def test_the_file_cannot_talk_its_way_out(root: Path, key: ECKey | OKPKey, text: bytes) -> None:
    (root / SIGNATURE).write_bytes(text)
    assert refusal(root, public(key))
    assert load_book(root), "without a key the file is not looked at"


def test_every_byte_of_the_signature_counts(root: Path, key: ECKey | OKPKey) -> None:
    files = {name: (root / name).read_bytes() for name in (LOCK, SIGNATURE)}
    for place in range(len(files[SIGNATURE])):
        raw = bytearray(files[SIGNATURE])
        raw[place] ^= 1
        assert check_signature({**files, SIGNATURE: bytes(raw)}, public(key)), place


@pytest.mark.parametrize(
    "text", [b"", b"no key", b'{"kty": "EC"}', public(ECKey.generate_key("P-384")), RSAKey.generate_key(2048).as_pem(private=False)]
)
def test_keys_that_cannot_be_used(text: bytes) -> None:
    with pytest.raises(BadKey, match="wanted is a key on P-256"):
        read_key(text)


def test_signing_needs_a_private_key_and_a_lock(root: Path) -> None:
    with pytest.raises(BadKey, match="a public one"):
        sign(root, public(EC))
    with pytest.raises(BookError, match="is missing"):
        sign(root, private(EC))
