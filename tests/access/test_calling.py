"""Connections that fail, and whose certificates are trusted."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.access.calling import Caller, get
from service.access.limits import Allowance
from service.access.reasons import Reason, Unavailable

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
JSON = ("application/json",)


def ask(url: str, ca_file: str = "", patience: float = 3.0) -> bytes:
    allowed = Allowance(time.monotonic() + patience, time.monotonic, 1000)
    return get(url, Caller((("Authorization", "Bearer secret"),), ca_file), allowed, JSON)


def refused(url: str, ca_file: str = "", patience: float = 3.0) -> Reason:
    with pytest.raises(Unavailable) as caught:
        ask(url, ca_file, patience)
    return caught.value.reason


@contextmanager
def listening(answer: Callable[[socket.socket, int], None]) -> Iterator[int]:
    """A port whose every connection is handed to `answer`, with its number."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for number in range(100):
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        answer(connection, number)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def read_request(connection: socket.socket) -> None:
    connection.settimeout(2)
    while b"\r\n\r\n" not in connection.recv(65536):
        pass


def test_a_connection_that_breaks_is_tried_once_more() -> None:
    def answer(connection: socket.socket, number: int) -> None:
        read_request(connection)
        if number:
            connection.sendall(ANSWER)

    with listening(answer) as port:
        assert ask(f"http://127.0.0.1:{port}/") == b"{}"


def test_and_no_more_than_that() -> None:
    seen: list[int] = []
    with listening(lambda _, number: seen.append(number)) as port:
        assert refused(f"http://127.0.0.1:{port}/") is Reason.UNREACHABLE
    assert seen == [0, 1]


def test_an_answer_that_is_cut_short() -> None:
    def answer(connection: socket.socket, _: int) -> None:
        read_request(connection)
        connection.sendall(ANSWER.replace(b"Length: 2", b"Length: 900"))

    with listening(answer) as port:
        assert refused(f"http://127.0.0.1:{port}/") is Reason.UNREACHABLE


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"]
)
def test_what_is_no_http(answer: bytes) -> None:
    with listening(lambda connection, _: connection.sendall(answer)) as port:
        assert refused(f"http://127.0.0.1:{port}/") in (Reason.UNREACHABLE, Reason.NOT_FHIR)


def test_silence_ends_with_the_time_allowed() -> None:
    with listening(lambda *_: time.sleep(1.0)) as port:
        began = time.monotonic()
        assert refused(f"http://127.0.0.1:{port}/", patience=0.2) is Reason.TIMED_OUT
        assert time.monotonic() - began < 0.8


def test_no_time_left_is_no_call() -> None:
    seen: list[int] = []
    with listening(lambda _, number: seen.append(number)) as port:
        assert refused(f"http://127.0.0.1:{port}/", patience=0.0) is Reason.TIMED_OUT
    assert not seen


def test_a_caller_is_never_shown() -> None:
    assert "secret" not in repr(Caller((("Authorization", "Bearer secret"),)))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but its own file vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    return path


@pytest.fixture
def https(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(connection: socket.socket, _: int) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            read_request(wrapped)
            wrapped.sendall(ANSWER)

    with listening(answer) as port:
        yield f"https://127.0.0.1:{port}/"


def test_a_certificate_nobody_vouches_for(https: str) -> None:
    assert refused(https) is Reason.UNREACHABLE


def test_a_certificate_the_operator_vouches_for(https: str, certificate: Path) -> None:
    assert ask(https, str(certificate)) == b"{}"


def test_a_file_of_authorities_that_is_not_there(https: str) -> None:
    assert refused(https, "/nowhere/ca.pem") is Reason.UNREACHABLE


def test_plain_http_behind_https() -> None:
    with listening(lambda connection, _: connection.sendall(ANSWER)) as port:
        assert refused(f"https://127.0.0.1:{port}/") is Reason.UNREACHABLE
