"""What is served is read from disk as a whole, taken over on SIGHUP when it is good, and checked against the disk by /readyz."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey

from service.library import BookError
from service.library.locking import relock
from service.library.signing import sign
from service.web import server
from service.web.app import create_app
from service.web.deps import KEY, Deps, deps
from service.web.health import self_test
from service.web.server import Master, Server
from service.web.serving import renew, stale
from service.web.setting_values import SettingsError
from service.web.settings import Settings
from tests.web.test_server import ROOT, Running, start, stop

ALARM = "red-flag-cauda-equina"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", copy)
    relock(copy, unreleased=True)
    return copy


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(f"rules:\n  {ALARM}: {{show: shadow, reason: Being tried out}}\n")
    return file


@pytest.fixture
def app(folder: Path, site: Path) -> Flask:
    return create_app(Settings(rules_dir=folder, record="off", site_file=str(site)))


def served(app: Flask) -> Deps:
    found: Deps = app.extensions[KEY]
    return found


def reword(folder: Path) -> None:
    """A change of the book that leaves it sound, and locked."""
    (folder / "README.md").write_text("# Other words\n")
    relock(folder, unreleased=True)


def ready(app: Flask) -> tuple[int, dict[str, Any]]:
    response = app.test_client().get("/readyz")
    return response.status_code, response.get_json(force=True)


def test_ready_names_the_alarms_that_were_taken_back(app: Flask) -> None:
    status, body = ready(app)
    assert status == 200 and body["checks"][f"site:{ALARM}"] == "in the shadow: Being tried out"


def test_changed_files_are_stale_until_taken_over(app: Flask, folder: Path) -> None:
    before = served(app)
    reword(folder)
    status, body = ready(app)
    assert status == 503 and "SIGHUP" in body["issue"][0]["diagnostics"]
    assert renew(app, self_test)
    assert ready(app)[0] == 200
    assert served(app).fingerprint != before.fingerprint and served(app).settings is before.settings


def test_a_changed_site_file_is_stale_too(app: Flask, site: Path) -> None:
    site.write_text(f"rules:\n  {ALARM}: {{show: on}}\n")
    assert ready(app)[0] == 503 and renew(app, self_test) and not served(app).policy.alarms  # type: ignore[union-attr]
    site.unlink()
    assert stale(served(app))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder, site: (folder / "README.md").write_text("# Not locked\n"),
        lambda folder, site: shutil.rmtree(folder),
        lambda folder, site: site.write_text("rules: {no-such-rule: {show: off}}\n"),
        lambda folder, site: site.unlink(),
    ],
    ids=["not locked", "no folder", "bad site file", "no site file"],
)
def test_the_last_good_rules_go_on(app: Flask, folder: Path, site: Path, spoil: Callable[[Path, Path], None]) -> None:
    before = served(app)
    spoil(folder, site)
    assert not renew(app, self_test)
    assert served(app) is before and ready(app)[0] == 503
    assert app.test_client().get("/rules").status_code == 200


def test_rules_that_do_not_judge_are_not_taken_over(app: Flask, folder: Path) -> None:
    before = served(app)
    reword(folder)
    assert not renew(app, lambda _: False) and served(app) is before


def test_a_request_keeps_what_it_began_with(app: Flask, folder: Path) -> None:
    with app.app_context():
        first = deps()
        reword(folder)
        assert renew(app, self_test)
        assert deps() is first
    with app.app_context():
        assert deps() is not first


def test_a_book_that_was_handed_over_is_never_stale(app: Flask) -> None:
    assert not stale(replace(served(app), fingerprint=""))


@pytest.mark.parametrize("text", ["rules: {no-such-rule: {show: off}}\n", f"rules: {{{ALARM}: {{show: off}}}}\n"])
def test_a_site_file_that_cannot_be_used_stops_the_start(folder: Path, site: Path, text: str) -> None:
    site.write_text(text)
    with pytest.raises(SettingsError, match="POSTFUSION_SITE_FILE:\n  site file:1: "):
        create_app(Settings(rules_dir=folder, record="off", site_file=str(site)))


def test_the_signature_is_checked_when_a_key_is_configured(folder: Path, tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256", private=True)
    pem = tmp_path / "key.pem"
    pem.write_bytes(key.as_pem(private=False))
    settings = Settings(rules_dir=folder, record="off", rules_public_key=str(pem))
    with pytest.raises(BookError, match=r"LOCK\.sig: is missing"):
        create_app(settings)
    sign(folder, key.as_pem(private=True))
    assert create_app(settings)
    reword(folder)
    with pytest.raises(BookError, match="is not the signature"):
        create_app(settings)
    pem.write_text("no key")
    with pytest.raises(SettingsError, match="POSTFUSION_RULES_PUBLIC_KEY: the key cannot be used"):
        create_app(settings)
    with pytest.raises(SettingsError, match="names a file that cannot be read"):
        create_app(replace(settings, rules_public_key=str(tmp_path / "none")))


def test_hup_replaces_the_workers_only_when_the_rules_are_good(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[bool] = []
    monkeypatch.setattr(server.Arbiter, "handle_hup", lambda self: replaced.append(True))
    monkeypatch.setattr(server.gc, "freeze", lambda: None)
    master = Master(Server(app, served(app).settings))
    master.handle_hup()
    monkeypatch.setattr(server, "renew", lambda *_: False)
    master.handle_hup()
    assert replaced == [True, True], "who may call is taken over all the same"
    monkeypatch.setattr(server.guard, "renew", lambda *_: False)
    master.handle_hup()
    assert replaced == [True, True]


def waited(running: Running, wanted: int) -> bool:
    """True when /readyz answers `wanted` ten times in a row, within twenty seconds."""
    row = 0
    for _ in range(200):
        row = row + 1 if running.get("/readyz")[0] == wanted else 0
        if row == 10:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
def test_a_real_server_takes_over_on_sighup(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "POSTFUSION_RULES_DIR", str(folder))
    running = start(tmp_path)
    try:
        assert waited(running, 200)
        before = running.get("/rules")[1]
        shutil.rmtree(folder / "healing-tinel")
        relock(folder, unreleased=True)
        assert waited(running, 503) and running.get("/rules")[1] == before
        running.process.send_signal(signal.SIGHUP)
        assert waited(running, 200) and b"healing-tinel" not in running.get("/rules")[1]
        (folder / "README.md").write_text("# Not locked\n")
        running.process.send_signal(signal.SIGHUP)
        time.sleep(3)
        assert waited(running, 503) and b"healing-tingling" in running.get("/rules")[1]
        assert "rules not taken over" in running.log.read_text()
    finally:
        assert stop(running) == 0
