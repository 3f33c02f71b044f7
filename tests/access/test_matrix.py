"""The access matrix: every route answers every role as reviewed, and someone else's object does not exist.

The reviewed answers are tests/access/matrix.txt; ``python -m tests.access.matrix`` writes them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marketplace import access
from marketplace.app import create_app
from tests.access import matrix
from tests.access.matrix import Scene, Trial
from tests.access.world import OBJECTS, ROLES
from tests.support import databases
from tests.support.settings import settings_for

_APP = create_app(settings_for("sqlite://", Path("unused")))
ENDPOINTS = matrix.endpoints(_APP)
POSTS = [each for each in ENDPOINTS if "POST" in matrix.methods(_APP, each)]
GETS = [each for each in ENDPOINTS if "GET" in matrix.methods(_APP, each)]
CLOSED = [
    (endpoint, method)
    for endpoint in ENDPOINTS
    for method in matrix.methods(_APP, endpoint)
    if matrix.rule_of(_APP, endpoint).arguments and access.rule_of(_APP, endpoint) != access.PUBLIC
]

#: Mail programs post here by themselves (RFC 8058): the link is the secret, and all it does is stop digests.
WITHOUT_TOKEN = {"accounts.stop_digest"}
#: Routes that write on GET, and why that is right.
WRITES_ON_GET = {
    "applicant_conflicts.say": "it names the applicant, which is logged as on the list",
    "applicants.edit": "the first sight of an applicant is logged, and the student can read the log",
    "applicants.certify": "it names the applicants too",
    "applicants.profile": "so is each look at the profile",
    "messages.index": "names of students who consented are noted where a facility reads them",
    "messages.show": "so they are in one conversation",
    "results.roster": "it shows the addresses of those who are placed",
    "results.roster_csv": "so does the file",
}

#: Closed routes whose object is public, or whose answer says nothing of it.
OPEN_OBJECT = {
    "requirements.report": "the address names a kind of requirement; what is said goes to the student's own",
    "messages.write": "any posted slot may be asked about",
    "slots.add": "any posted slot may be shortlisted",
    "slots.remove": "taking what isn't there off one's own shortlist changes nothing",
}

#: What coordinators and operators of the whole installation look after together: facilities belong to no
#: school, so each coordinator may check them. Contacts of others still find nothing.
SHARED = {
    "moderation.review",
    "verification.claim",
    "verification.merge",
    "verification.undo",
    "verification.verify",
    "verification.withdraw",
}


@pytest.fixture(scope="session")
def scene(
    tmp_path_factory: pytest.TempPathFactory, database_sources: Callable[[str], databases.Source]
) -> Scene:
    source = database_sources("sqlite")
    assert isinstance(source, databases.Sqlite)
    return matrix.make_scene(tmp_path_factory.mktemp("access"), source.template)


@pytest.fixture
def trial(scene: Scene, tmp_path: Path) -> Iterator[Trial]:
    with matrix.trial_of(scene, tmp_path) as trial:
        yield trial


def reviewed() -> dict[str, str]:
    """The blocks of the matrix file by endpoint."""
    blocks = matrix.FILE.read_text().removeprefix(matrix.HEAD).split("\n\n")
    return {block.split("  ")[1]: block.strip("\n") for block in blocks if block.strip()}


def test_the_file_names_every_route_and_no_other() -> None:
    assert sorted(reviewed()) == ENDPOINTS, "python -m tests.access.matrix, then read the diff"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_answers_are_as_reviewed(trial: Trial, endpoint: str) -> None:
    block = matrix.block_of(trial, endpoint).strip("\n")
    assert block == reviewed()[endpoint], "python -m tests.access.matrix, then read the diff"
    assert " 500" not in block


@pytest.mark.parametrize(("endpoint", "method"), CLOSED)
def test_what_is_someone_elses_does_not_exist(endpoint: str, method: str) -> None:
    """Foreign and absent objects are 404, for the roles that may knock and for those that may not.

    Reads the reviewed answers, which the test above holds true.
    """
    foreign = ["other", "other done", "absent"]
    if matrix.rule_of(_APP, endpoint).arguments - {"round_id", "school_id", "number", "reminder_kind"}:
        foreign.append("crossed")
    for role, got in answers_in(reviewed()[endpoint], method).items():
        if role == "anonymous":
            assert set(got.values()) == {302}, "asked to sign in, whatever the address"
        elif role == "operator" or (role == "coordinator" and endpoint in SHARED):
            assert got["absent"] == 404, "their scope is the whole installation"
        elif endpoint not in OPEN_OBJECT:
            assert {name: got[name] for name in foreign} == dict.fromkeys(foreign, 404), role


def answers_in(block: str, method: str) -> dict[str, dict[str, int]]:
    """The answers to `method` in a block of the file: by role, by object."""
    lines = block.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{method} "))
    found = {}
    for line in lines[start + 1 : start + 1 + len(ROLES)]:
        role, codes = line[4:16].strip(), [int(code) for code in line[16:].split()]
        found[role] = dict(zip(OBJECTS, codes * len(OBJECTS) if len(codes) == 1 else codes, strict=True))
    assert sorted(found) == sorted(ROLES)
    return found


@pytest.mark.parametrize("endpoint", GETS)
def test_a_get_changes_nothing(trial: Trial, endpoint: str) -> None:
    """So no link, preloading browser or mail scanner can act for a person."""
    changed = []
    for role in ROLES:
        for name in ("own", "done"):
            before = trial.changes()
            trial.status(endpoint, "GET", role, dict(trial.scene.world.values[name]))
            if trial.changes() != before:
                changed.append((role, name))
    assert bool(changed) == (endpoint in WRITES_ON_GET), changed


@pytest.mark.parametrize("endpoint", [each for each in POSTS if each not in WITHOUT_TOKEN])
def test_a_post_without_its_token_is_refused_and_changes_nothing(trial: Trial, endpoint: str) -> None:
    for role in ROLES:
        before = trial.changes()
        values = trial.scene.world.values["own"]
        address = trial.address(endpoint, values)
        client = trial.client(role)
        client.checks_html = False
        assert client.post(address, csrf=False).status_code == 400, role
        assert trial.changes() == before
