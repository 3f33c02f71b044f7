"""The installation's secrets: made once, kept from others, the same for every process."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.config import PROJECT

PRINT = (
    "from marketplace import config; import json; print(json.dumps(config.from_environment(), default=str))"
)


def settings_in(home: Path, **environment: str) -> subprocess.Popen[str]:
    given = {**os.environ, "PYTHONPATH": str(PROJECT), "PRACTICUM_HOME": str(home), **environment}
    return subprocess.Popen([sys.executable, "-c", PRINT], env=given, stdout=subprocess.PIPE, text=True)


def test_four_first_starts_agree_on_the_secrets(tmp_path: Path) -> None:
    home = tmp_path / "home"
    started = [settings_in(home) for _ in range(4)]
    told = [json.loads(process.communicate()[0]) for process in started]
    assert len({(each["SECRET_KEY"], each["SECURITY_PASSWORD_SALT"]) for each in told}) == 1
    assert len(told[0]["SECRET_KEY"]) == 64 and told[0]["SECRET_KEY"] != told[0]["SECURITY_PASSWORD_SALT"]
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert [each.name for each in home.iterdir()] == ["secrets.json"], "nothing half-written stays"


def test_a_loose_umask_loosens_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        settings_in(tmp_path / "home").communicate()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "home" / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_database_addresses_name_the_driver_we_bring(tmp_path: Path, given: str, used: str) -> None:
    told = json.loads(settings_in(tmp_path, DATABASE_URL=given).communicate()[0])
    assert told["SQLALCHEMY_DATABASE_URI"] == used


def test_cookies_are_secure_where_the_site_is(tmp_path: Path) -> None:
    told = json.loads(settings_in(tmp_path, PUBLIC_URL="https://match.example").communicate()[0])
    assert told["SESSION_COOKIE_SECURE"] is True


def test_https_makes_every_cookie_secure_and_addresses_have_no_double_slash(tmp_path: Path) -> None:
    told = json.loads(settings_in(tmp_path, PUBLIC_URL="https://match.example/").communicate()[0])
    assert told["SESSION_COOKIE_SECURE"] is told["REMEMBER_COOKIE_SECURE"] is True
    assert told["PUBLIC_URL"] == "https://match.example"
