"""The auditors' bundle: true ones hold, and each forgery is caught by the check that must catch it."""

from __future__ import annotations

import ast
import copy
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bundles import (
    FORGERIES,
    OF_COUPLES,
    another_stable_matching,
    bundle_of,
    certified,
    couples_bundle,
    crossed_bundle,
    published,
    reseal_lottery,
    solved,
)

from marketplace.rounds import lottery
from matching import Problem, bundle
from matching.shell import main

SLICE, FULL = 20, 500  # of each of the 36 forgeries
SOURCE = Path(bundle.__file__)


def test_true_bundles_hold() -> None:
    for seed in range(300):
        true = json.loads(json.dumps(bundle_of(seed)))
        assert bundle.verify(true, published(true)) == [], f"seed {seed}"
        assert bundle.verify(true) == []
        digest = Problem.from_dict(true["problem"]).digest()
        assert Problem.from_dict(true["problem"]).normalised().decode() == bundle.normalised(true["problem"])
        assert true["problem_sha256"] == digest


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_slice_of_forgeries(forge: Any) -> None:
    catch(forge, SLICE)


@pytest.mark.full
@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_forgeries(forge: Any) -> None:
    catch(forge, FULL)


def catch(forge: Any, wanted: int) -> None:
    """Each forged from a true bundle of its own, with what was published for the true one in hand."""
    caught = 0
    make = couples_bundle if forge in OF_COUPLES else bundle_of
    make = crossed_bundle if forge is another_stable_matching else make
    for seed in range(50 * wanted):
        true = make(seed)
        forged = copy.deepcopy(true)
        check = forge(random.Random(seed), forged)
        if check is not None:
            failures = bundle.verify(json.loads(json.dumps(forged)), published(true))
            assert check in {name for name, _ in failures}, f"{forge.__name__}, seed {seed}: {failures}"
            caught += 1
        if caught == wanted:
            return
    raise AssertionError(f"{forge.__name__}: only {caught} bundles could be forged")


def test_broken_bundles_are_unreadable() -> None:
    """Any part missing or of another kind: one sentence, never a traceback."""
    true = bundle_of(3)
    for key in true:
        for value in (None, 1, "x", [], {}, [1], {"x": 1}):
            broken = {**copy.deepcopy(true), key: value}
            try:
                assert bundle.verify(broken) != [] or true[key] == value or key == "contribution"
            except bundle.Unreadable as error:
                assert "\n" not in str(error)
        with pytest.raises(bundle.Unreadable):
            bundle.verify({name: part for name, part in true.items() if name != key})


NONE_EXISTS: dict[str, Any] = {
    "format": "matching-problem/1",
    "students": [
        {"id": "s", "preferences": [["a"], ["b"]]},
        {"id": "p", "preferences": []},
        {"id": "q", "preferences": []},
    ],
    "slots": [
        {"id": "a", "preferences": [["p"], ["s"]]},
        {"id": "b", "preferences": [["s"], ["q"]]},
    ],
    "couples": [{"id": "k", "members": ["p", "q"], "preferences": [["a", "b"]]}],
    "lottery": {"seed": "0" * 64, "mode": "single"},
}


def test_true_bundles_of_couples_hold() -> None:
    split = 0
    for seed in range(60):
        true = json.loads(json.dumps(couples_bundle(seed)))
        assert bundle.verify(true, published(true)) == [], f"seed {seed}"
        assert Problem.from_dict(true["problem"]).normalised().decode() == bundle.normalised(true["problem"])
        split += bool(true["earlier"])
    assert split == 30


def test_blocking_pairs_must_be_declared() -> None:
    """One single student and one couple at two slots of one place each: one pair always blocks."""
    rng = random.Random(5)
    true = certified(rng, copy.deepcopy(NONE_EXISTS))
    assert len(true["result"]["blocking_pairs"]) == 1
    assert bundle.verify(json.loads(json.dumps(true)), published(true)) == []
    forged = copy.deepcopy(true)
    forged["result"].update(blocking_pairs=[], bound=0)
    assert {name for name, _ in bundle.verify(forged, published(true))} == {"stability"}


def test_own_lists_of_couples_are_opened_once() -> None:
    """Whoever sealed two sets of them could choose after the draw which ones count."""
    twice = couples_bundle(1)
    own = next(one for one in twice["openings"] if one["kind"] == "apart")
    twice["openings"].append({**own, "owner": "again"})
    leaf = bundle.h(0x23, own["salt"], "again", bundle.compact(own["lists"], ascii_only=True))
    twice["leaves"] = sorted([*twice["leaves"], leaf])
    twice["root"] = lottery.root(twice["leaves"])
    reseal_lottery(twice)
    twice = json.loads(json.dumps(solved(twice)))
    assert bundle.verify(twice, published(twice)) == [("leaves", "own lists of couples are opened twice")]


def test_it_imports_the_standard_library_alone() -> None:
    nodes = ast.walk(ast.parse(SOURCE.read_text(encoding="utf-8")))
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else name.name
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_from_the_shell_and_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    true = bundle_of(8)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(true), encoding="utf-8")
    assert main(["verify-bundle", str(path)]) == 0
    said = capsys.readouterr().out
    assert f"not compared: root {true['root']}; compare it with what was published\n" in said
    assert said.splitlines()[-1].startswith("holds: ")
    given = ["--root", true["root"], "--commitment", true["commitment"]]
    given += ["--problem", true["problem_sha256"], "--contribution", true["contribution"]]
    given += ["--decided", true["decided_sha256"]]
    assert main(["verify-bundle", str(path), *given]) == 0
    assert "not compared" not in capsys.readouterr().out
    assert main(["verify-bundle", str(path), "--root", "0" * 64]) == 1
    assert capsys.readouterr().out.startswith("published: root is ")
    command = [sys.executable, "-I", str(SOURCE), str(path), *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, said.splitlines()[-1] + "\n", "")
    for text, line in (("{", "not JSON: "), ('{"a":1,"a":1}', "a key comes twice"), ("{}", "not a bundle: ")):
        path.write_text(text, encoding="utf-8")
        assert main(["verify-bundle", str(path)]) == 2
        assert capsys.readouterr().err.startswith(line)
