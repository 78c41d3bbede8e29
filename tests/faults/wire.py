"""Messages that are no good HTTP, or just about: as raw bytes, each with the statuses its one answer may have."""

import json
from typing import Final

from tests.faults.corpus import HOOK, chart, text
from tests.stories.asking import SECRET

BODY: Final = text(chart())
FEEDBACK: Final = f"{HOOK}/feedback"
CHUNKED: Final = "Transfer-Encoding: chunked"
_WHOLE: Final = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
CLEAN: Final = (400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 431)


def message(*headers: str, body: bytes = BODY, length: bool = True, line: str = "POST /evaluate HTTP/1.1", host: str = "Host: x") -> bytes:
    """A request on one connection. `line` replaces the request line, `length` adds Content-Length."""
    head = [line, host, "Content-Type: application/json", "Connection: close"]
    head += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join([one for one in (*head, *headers) if one] + ["", ""]).encode("latin-1") + body


def chunked(body: bytes, *headers: str) -> bytes:
    return message(CHUNKED, *headers, body=body, length=False)


def sized(value: str) -> bytes:
    return message(f"Content-Length: {value}", length=False)


# name -> what is sent; the answer is one refusal
REFUSED: Final[dict[str, bytes]] = {
    "length and chunked": message(CHUNKED, body=_WHOLE),
    "chunked and a smuggled length": message(CHUNKED, "Content-Length: 4", body=_WHOLE + message(line="GET /livez HTTP/1.1", body=b""), length=False),
    "two lengths": message("Content-Length: 5"),
    "the length twice": message(f"Content-Length: {len(BODY)}"),
    **{f"length {one!r}": sized(one) for one in ("-1", "+5", "0x10", "1e3", f"9{SECRET}", "5, 5", "", "9" * 30)},
    "length with a blank before the colon": message("Content-Length : 10", length=False),
    "a body shorter than its length": sized(str(len(BODY) + 50)),
    "a length of 17 MB and no body": message(f"Content-Length: {17 * 1024 * 1024}", body=b"{", length=False),
    "no length": message(length=False),
    "nothing in it": message(body=b""),
    "an unknown transfer coding": message(f"Transfer-Encoding: {SECRET}", body=_WHOLE, length=False),
    "chunked twice": message(CHUNKED, CHUNKED, body=_WHOLE, length=False),
    "chunked in a list": message("Transfer-Encoding: chunked, chunked", body=_WHOLE, length=False),
    "chunked after a vertical tab": message("Transfer-Encoding:\x0bchunked", body=_WHOLE, length=False),
    "chunked, folded": message("Transfer-Encoding:\r\n chunked", body=_WHOLE, length=False),
    "chunked in HTTP/1.0": message(CHUNKED, body=_WHOLE, length=False, line="POST /evaluate HTTP/1.0"),
    **{
        f"chunk {name}": chunked(raw)
        for name, raw in {
            "of no size": b"zz" + SECRET.encode() + b"\r\n{}\r\n0\r\n\r\n", "below zero": b"-5\r\nabc\r\n0\r\n\r\n", "in hex with 0x": b"0x2\r\n{}\r\n0\r\n\r\n",
            "with an underscore": b"1_0\r\n" + b" " * 16 + b"\r\n0\r\n\r\n", "of 2**72": b"ffffffffffffffffff\r\nabc", "that ends early": b"ff\r\nabc",
            "without its end": b"2\r\n{}XX0\r\n\r\n", "that never ends": _WHOLE[:-5], "with line feeds alone": _WHOLE.replace(b"\r\n", b"\n"),
            "with a long extension": b"2;" + b"a" * 100_000 + b"\r\n{}\r\n0\r\n\r\n",
        }.items()
    },
    "a folded header": message("X-A: a\r\n b"),
    "line feeds alone": message().replace(b"\r\n", b"\n"),
    "two hosts": message("Host: y"),
    "a header without a colon": message(f"Bad{SECRET}"),
    "a header without a name": message(": x"),
    "a header with a blank in its name": message(f"X Y: {SECRET}"),
    "NUL in a header": message(f"X-A: a\x00{SECRET}"),
    "a control character in a header": message(f"X-A: \x01{SECRET}"),
    "a bare CR in a header": message(f"X-A: a\rX-B: {SECRET}"),
    "200 headers": message(*(f"X-{n}: {SECRET}" for n in range(200))),
    "a header of 64 kB": message("X-A: " + "a" * 65_000),
    "a line of 9 kB": message(line=f"POST /evaluate?x={SECRET}{'a' * 9000} HTTP/1.1"),
    **{
        f"line {line[:40]!r}": message(line=line)
        for line in (
            "POST /evaluate HTTP/9.9", f"POST /evaluate {SECRET}", f"POST /x {SECRET} HTTP/1.1", f"PO(ST{SECRET} /evaluate HTTP/1.1", "post /evaluate HTTP/1.1",
            "POST /eval\x00uate HTTP/1.1", "POST /\xe9 HTTP/1.1", "POST /evaluate", "POST evaluate HTTP/1.1", " POST /evaluate HTTP/1.1",
            "A" * 100 + " / HTTP/1.1", "GET  HTTP/1.1", f"/{SECRET}", "CONNECT evil.example:80 HTTP/1.1", "OPTIONS * HTTP/1.1", "TRACE /evaluate HTTP/1.1",
        )
    },
    "an expectation": message(f"Expect: {SECRET}"),
    "a proxy's preamble": b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + message(),
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100 + b"\r\n\r\n",
}  # fmt: skip
# legal, or harmless: the answer is 200 and holds the alarm
HEARD: Final[dict[str, bytes]] = {
    "plain": message(),
    "a blank line first": b"\r\n" + message(),
    "chunked": chunked(_WHOLE),
    "chunked after a tab": message("Transfer-Encoding:\tchunked", body=_WHOLE, length=False),
    "in small chunks": chunked(b"".join(b"1\r\n%c\r\n" % one for one in BODY) + b"0\r\n\r\n"),
    "with an extension": chunked(b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "with a trailer": chunked(_WHOLE[:-2] + b"X-T: 1\r\n\r\n"),
    "without a host": message(host=""),
    "a host of another name": message(host=f"Host: {SECRET}.example"),
    "a host that is none": message(host="Host: a@b:80:80"),
    "an absolute address": message(line="POST http://evil.example/evaluate HTTP/1.1"),
    "latin-1 in a header": message("X-A: \xe9"),
    "an underscore in a header": message("Content_Length: 3"),
    "the script name by header": message("SCRIPT_NAME: /evaluate"),
    "an upgrade": message("Upgrade: h2c", "HTTP2-Settings: AAA"),
    "a websocket": message("Upgrade: websocket"),
    "forwarded": message("X-Forwarded-Proto: https", f"X-Forwarded-For: {SECRET}", f"X-Forwarded-Host: {SECRET}"),
}


def is_refusal(said: bytes) -> bool:
    """One OperationOutcome with a constant text and the reference that the log knows."""
    head, _, body = said.partition(b"\r\n\r\n")
    try:
        issue = json.loads(body)["issue"][0]
    except (ValueError, LookupError, TypeError):
        return False
    reference = issue["details"]["text"].removeprefix("Reference ")
    return issue["severity"] == "error" and bool(issue["diagnostics"]) and f"x-request-id: {reference}".encode() in head.lower()
