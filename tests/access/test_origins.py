"""Which addresses count as listed: exact, with no way to smuggle another host past the list."""

import pytest

from service.access.origins import BadOrigin, Origin, permitted, read_origin, read_url

LISTED = (read_origin("https://fhir.example.org/r4"), read_origin("http://127.0.0.1:8090"))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://fhir.example.org", Origin("https", "fhir.example.org", 443)),
        ("https://fhir.example.org:443/", Origin("https", "fhir.example.org", 443)),
        ("HTTPS://FHIR.example.org:8443/api/FHIR/R4/", Origin("https", "fhir.example.org", 8443, "/api/FHIR/R4")),
        ("https://10.1.2.3/fhir", Origin("https", "10.1.2.3", 443, "/fhir")),
        ("http://localhost:8080/fhir", Origin("http", "localhost", 8080, "/fhir")),
        ("http://[::1]:8080", Origin("http", "[::1]", 8080)),
    ],
)
def test_what_may_be_listed(text: str, origin: Origin) -> None:
    assert read_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "http://fhir.example.org",
        "http://127.0.0.1.example.org",
        "https://user@fhir.example.org",
        "https://user:word@fhir.example.org",
        "https://fhir.example.org?x=1",
        "https://fhir.example.org#x",
        "https://fhir.example.org:0",
        "https://fhir.example.org:70000",
        "https://fhir.example.org/a/../b",
        "https://*.example.org",
        "fhir.example.org",
        "ftp://fhir.example.org",
        "",
        "https://",
        "https://fhir.example.org\n",
    ],
)
def test_what_may_not_be_listed(text: str) -> None:
    with pytest.raises(BadOrigin):
        read_origin(text)


@pytest.mark.parametrize(
    "server",
    [
        "https://fhir.example.org/r4",
        "https://fhir.example.org/r4/",
        "https://fhir.example.org:443/r4/tenant-1",
        "https://FHIR.EXAMPLE.ORG/r4",
        "http://127.0.0.1:8090",
        "http://127.0.0.1:8090/any/path",
    ],
)
def test_servers_that_are_listed(server: str) -> None:
    assert permitted(server, LISTED) is not None


@pytest.mark.parametrize(
    "server",
    [
        None,
        "",
        "https://fhir.example.org",
        "https://fhir.example.org/r44",
        "https://fhir.example.org/R4",
        "https://fhir.example.org/r4/../admin",
        "https://fhir.example.org/r4/%2e%2e/admin",
        "https://fhir.example.org/r4/%252e%252e/admin",
        "https://fhir.example.org/r4/..%2fadmin",
        "https://fhir.example.org/r4\\..\\admin",
        "https://fhir.example.org/r4?x=1",
        "https://fhir.example.org/r4#x",
        "http://fhir.example.org/r4",
        "https://fhir.example.org:8443/r4",
        "https://fhir.example.org:0443x/r4",
        "https://fhir.example.org.evil.example/r4",
        "https://evil.example/fhir.example.org/r4",
        "https://fhir.example.org@evil.example/r4",
        "https://evil.example@fhir.example.org/r4",
        "https://fhir.example.org\\@evil.example/r4",
        "https://fhir.example.org /r4",
        "https://fhir.example.org\t/r4",
        "https://fhir.example.org./r4",
        "https://fhir。example.org/r4",
        "https://xfhir.example.org/r4",
        "//fhir.example.org/r4",
        "http://127.0.0.1",
        "http://127.0.0.1:80900",
        "http://127.0.0.1:8091",
        "http://127.1:8090",
        "http://2130706433:8090",
        "http://0x7f.0.0.1:8090",
        "http://localhost:8090",
        "http://[::ffff:127.0.0.1]:8090",
        "http://127.0.0.1:8090@evil.example",
        "https://127.0.0.1:8090",
        "file:///etc/passwd",
        "${jndi:ldap://127.0.0.1:8090/x}",
    ],
)
def test_servers_that_are_not_listed(server: str | None) -> None:
    assert permitted(server, LISTED) is None


def test_nothing_is_listed_by_default() -> None:
    assert permitted("https://fhir.example.org", ()) is None


def test_a_url_is_put_together_from_its_parts() -> None:
    url = read_url("HTTP://EXAMPLE.org:80/Fhir?_getpages=a|b&x=%7C")
    assert url is not None
    assert url.text() == "http://example.org/Fhir?_getpages=a|b&x=%7C"
    port = read_url("https://example.org:8443")
    assert port is not None and port.text() == "https://example.org:8443"
