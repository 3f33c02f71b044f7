"""What ``./run`` starts: a migrated database, the demonstration or the first operator, then gunicorn."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from marketplace import clock, config
from marketplace.accounts.models import Role
from marketplace.app import create_app
from marketplace.demo import build as demo
from marketplace.demo.data import PASSWORD
from marketplace.demo.scene import sign_ins
from marketplace.home.navigation import role_label
from marketplace.mail import transports
from marketplace.operators.commands import ensure_first


def main(arguments: list[str]) -> None:
    """Prepare the installation and become the web server."""
    if set(arguments) - {"--empty"}:
        sys.exit("usage: ./run [--empty]")
    empty = "--empty" in arguments
    # The demonstration and a real site never share a folder.
    os.environ.setdefault("PRACTICUM_HOME", str(config.PROJECT / "instance" / ("site" if empty else "demo")))
    os.environ["PRACTICUM_DEMO"] = "0" if empty else "1"
    os.environ["PRACTICUM_NIGHTLY"] = "1"
    port = os.environ.setdefault("PORT", "8000")
    _require_free(port)
    if not empty:
        _clear_half_built()
    app = create_app()
    _require_safe_mail(app)
    with app.app_context():
        upgrade()
        if empty:
            ensure_first()
        else:
            _demonstration(app)
    print(f"\nPracticum Match: http://127.0.0.1:{port}   (stop with Ctrl+C)", flush=True)
    _become_server(port)


def _require_free(port: str) -> None:
    """Say in one sentence that the port is taken, before anything is prepared."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except (OSError, ValueError):
            sys.exit(f"Port {port} of 127.0.0.1 is taken, or is no port. Choose another: PORT=8001 ./run")


def _require_safe_mail(app: Flask) -> None:
    """Say before anyone relies on it that the mail server would be told its password in plain text."""
    try:
        transports.require_safe(app.config)
    except transports.PlainTextLogin as error:
        sys.exit(str(error))


def _marker() -> Path:
    """Stands while the demonstration is being built."""
    return config.home() / "demonstration-half-built"


def _clear_half_built() -> None:
    """Start over where building the embedded demonstration was interrupted; it held nobody's work."""
    if _marker().exists() and "DATABASE_URL" not in os.environ:
        for path in config.home().glob("practicum.sqlite3*"):
            path.unlink()


def _demonstration(app: Flask) -> None:
    """Build the demonstration once, and print its sign-ins."""
    try:
        if not demo.is_built():
            print("Building the demonstration (once) ...", flush=True)
            _marker().touch()
            demo.build(clock.now())
            _marker().unlink()
    except demo.NotEmpty:
        sys.exit(
            "This database already has people in it, and is not the demonstration: nothing was changed.\n"
            "Start the site without the demonstration (./run --empty), or name another database."
        )
    with app.test_request_context():
        print("\nFictional people to sign in as (password for all: " + PASSWORD + ")")
        for role, email, _password in sign_ins():
            print(f"  {role_label(Role(role)):<18} {email}")


def _become_server(port: str) -> None:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "1",
        "--threads",
        "8",
    ]
    os.execv(sys.executable, [*command, "--no-control-socket", "wsgi:app"])


if __name__ == "__main__":
    main(sys.argv[1:])
