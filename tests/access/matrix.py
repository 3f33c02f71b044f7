"""Try every route with every role and object, and write down what came back.

    python -m tests.access.matrix

writes tests/access/matrix.txt again; its diff is read in review.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from marketplace import access
from marketplace.app import create_app
from marketplace.db import db
from tests.access.world import OBJECTS, ROLES, Values, World, build
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.databases import Sqlite
from tests.support.settings import settings_for

FILE = Path(__file__).with_name("matrix.txt")
HEAD = f"""\
What every route answers, by role, for each of: {", ".join(OBJECTS)}
(tests/access/world.py says what these are; one number where all are equal).
Posts carry a valid CSRF token and no fields. Written by: python -m tests.access.matrix
"""


@dataclass(frozen=True)
class Scene:
    """The world, the file of its database, and a session cookie for each role."""

    world: World
    file: Path
    cookies: dict[str, str]


class Trial:
    """An application on a copy of the scene, put back after every request that may have changed it."""

    def __init__(self, app: Flask, scene: Scene, copy: Path) -> None:
        self.app, self.scene, self.copy = app, scene, copy
        self.watch = sqlite3.connect(copy)

    def status(self, endpoint: str, method: str, role: str, values: Values, *, csrf: bool = True) -> int:
        """What `role` gets; the database is as before afterwards."""
        client = self.client(role)
        client.checks_html = values is self.scene.world.values["own"]
        token = {"X-CSRFToken": client.csrf_token()} if csrf and method == "POST" else {}
        address = self.address(endpoint, values)
        status = client.open(address, method=method, headers=token).status_code
        if method == "POST":
            self.put_back()
        return status

    def changes(self) -> int:
        """A number that differs once any other connection has committed a change."""
        found: int = self.watch.execute("PRAGMA data_version").fetchone()[0]
        return found

    def put_back(self) -> None:
        """Make every row what it was."""
        source, target = sqlite3.connect(self.scene.file), sqlite3.connect(self.copy)
        source.backup(target)
        source.close()
        target.close()

    def client(self, role: str) -> StrictClient:
        """A client with the session of `role`."""
        client = self.app.test_client()
        assert isinstance(client, StrictClient)
        if role in self.scene.cookies:
            client.set_cookie("session", self.scene.cookies[role])
        return client

    def address(self, endpoint: str, values: Values) -> str:
        """The address of `endpoint` for these values."""
        needed = rule_of(self.app, endpoint).arguments
        missing = sorted(needed - set(values))
        assert not missing, f"{endpoint}: say in tests/access/world.py how to fill {missing}"
        with self.app.test_request_context("/"):
            return self.app.url_for(endpoint, **{name: values[name] for name in needed})

    def close(self) -> None:
        """Give every file back."""
        self.watch.close()
        close(self.app)


def endpoints(app: Flask) -> list[str]:
    """Every endpoint, by name."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules()})


def rule_of(app: Flask, endpoint: str) -> Rule:
    """The rule of `endpoint` with the most parameters."""
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
    return max(found, key=lambda rule: len(rule.arguments))


def methods(app: Flask, endpoint: str) -> list[str]:
    """The methods of `endpoint` that mean something of their own."""
    return sorted((rule_of(app, endpoint).methods or set()) - {"HEAD", "OPTIONS"})


def answers(trial: Trial, endpoint: str, method: str, role: str) -> dict[str, int]:
    """The status for each object; for a route without parameters there is one object."""
    objects = OBJECTS if rule_of(trial.app, endpoint).arguments else OBJECTS[:1]
    return {each: trial.status(endpoint, method, role, trial.scene.world.values[each]) for each in objects}


def block_of(trial: Trial, endpoint: str) -> str:
    """The lines of the matrix file for one endpoint."""
    rule = rule_of(trial.app, endpoint)
    declared = ", ".join(sorted(access.rule_of(trial.app, endpoint) or ()))
    lines = []
    for method in methods(trial.app, endpoint):
        lines.append(f"{method} {rule.rule}  {endpoint}  for: {declared}")
        for role in ROLES:
            got = list(answers(trial, endpoint, method, role).values())
            shown = got[:1] if len(set(got)) == 1 else got
            lines.append(f"    {role:12}{' '.join(map(str, shown))}")
    return "\n".join(lines) + "\n"


def make_scene(folder: Path, migrated: Path) -> Scene:
    """Build the world once and sign everybody in."""
    file = folder / "world.sqlite3"
    shutil.copyfile(migrated, file)
    app = make_app(file, folder)
    try:
        world = build(Factory(app, app.config["CLOCK"]))
        cookies = {}
        for role, person in world.people.items():
            client = app.test_client()
            assert isinstance(client, StrictClient)
            cookie = sign_in(client, person).get_cookie("session")
            assert cookie is not None
            cookies[role] = cookie.value
    finally:
        close(app)
    return Scene(world, file, cookies)


@contextmanager
def trial_of(scene: Scene, folder: Path) -> Iterator[Trial]:
    """A trial on a copy of its own."""
    copy = folder / "trial.sqlite3"
    shutil.copyfile(scene.file, copy)
    trial = Trial(make_app(copy, folder), scene, copy)
    try:
        yield trial
    finally:
        trial.close()


def make_app(path: Path, folder: Path) -> Flask:
    """The application at one standing moment."""
    settings = settings_for(f"sqlite:///{path}", folder, Clock())
    app = create_app({**settings, "PROPAGATE_EXCEPTIONS": False})
    app.test_client_class = StrictClient
    return app


def close(app: Flask) -> None:
    """Close every connection; the last one folds the write-ahead log into the file."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def main() -> None:
    """Write the matrix file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with trial_of(make_scene(folder, Sqlite(folder).template), folder) as trial:
            blocks = [block_of(trial, endpoint) for endpoint in endpoints(trial.app)]
    FILE.write_text("\n".join([HEAD, *blocks]))


if __name__ == "__main__":
    main()
