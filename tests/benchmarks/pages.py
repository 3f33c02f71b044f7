"""Server time of the pages people wait for, as multiples of a bare Flask page in the same run.

    PYTHONPATH=. python tests/benchmarks/pages.py [--rounds N]

The bare page is a Flask application of its own: one template, one indexed SELECT through Flask-SQLAlchemy on
the same database file. Each page is asked in turns with it, as its typical reader, and the median of the
processor time counts: the machine's other work falls out. The market is the demonstration's.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_migrate import upgrade
from flask_sqlalchemy import SQLAlchemy

from marketplace.app import create_app
from marketplace.demo import build
from marketplace.demo.data import PASSWORD
from marketplace.demo.scene import sign_ins

LIMIT = 8.0
TEMPLATE = "<!doctype html><html lang=en><title>{{ title }}</title><h1>{{ title }}</h1></html>"


def bare_application(url: str) -> Flask:
    """The yardstick."""
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    database = SQLAlchemy(app)

    @app.get("/")
    def page() -> str:
        title = database.session.execute(sa.text("SELECT title FROM slot WHERE id = 1")).scalar()
        return render_template_string(TEMPLATE, title=title)

    return app


def application(folder: Path) -> Flask:
    """The product with its demonstration, as in production but for CSRF, which a script can't answer."""
    app = create_app(
        {
            "SECRET_KEY": "benchmark",
            "SECURITY_PASSWORD_SALT": "benchmark",
            "HOME": folder,
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'pages.sqlite3'}",
            "PUBLIC_URL": "http://localhost",
            "MAIL_URL": f"file:{folder / 'mail'}",
            "MAIL_SENDER": "benchmark@localhost",
            "WTF_CSRF_ENABLED": False,
        }
    )
    with app.app_context():
        upgrade()
        build.build(datetime.now(UTC))
    return app


def cost(client: FlaskClient, path: str) -> float:
    """Processor seconds of one answer."""
    start = time.process_time()
    response = client.get(path)
    spent = time.process_time() - start
    assert response.status_code == 200, (path, response.status_code)
    return spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        app = application(Path(name))
        bare = bare_application(app.config["SQLALCHEMY_DATABASE_URI"]).test_client()
        visitor, student = app.test_client(), app.test_client()
        email = next(email for role, email, _password in sign_ins() if role == "student")
        student.post("/sign-in", data={"email": email, "password": PASSWORD})
        pages = {
            "start, visitor": (visitor, "/"),
            "search, visitor": (visitor, "/slots"),
            "search, student": (student, "/slots"),
            "slot, visitor": (visitor, "/slots/1"),
            "slot, student": (student, "/slots/1"),
            "home, student": (student, "/"),
            "ranking, student": (student, "/rounds/1/ranking"),
        }
        times: dict[str, list[float]] = {label: [] for label in ("bare", *pages)}
        for number in range(rounds + 20):
            found = {"bare": cost(bare, "/")}
            found |= {label: cost(client, path) for label, (client, path) in pages.items()}
            if number >= 20:
                for label, seconds in found.items():
                    times[label].append(seconds)
    yardstick = statistics.median(times["bare"])
    for label, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{label:<18} {median * 1000:7.2f} ms  {median / yardstick:5.1f} x bare (limit {LIMIT:.0f})")


if __name__ == "__main__":
    main()
