"""Repair moves nobody but the displaced; a what-if equals solving again and says exactly who changed."""

from __future__ import annotations

import copy
import random
from collections import Counter
from typing import Any

import pytest
from brute import Judge
from engine_problems import random_problem

from matching import MatchingError, Problem, ProblemError, displaced, repair, solve, verify, what_if


def some_problem(seed: int, **more: Any) -> dict[str, Any]:
    rng = random.Random(seed)
    flags = {name: rng.random() < 0.4 for name in ("quotas", "facilities", "preassigned", "ineligible")}
    return random_problem(rng, students=7, slots=5, **flags, **more)


def shrink(rng: random.Random, value: dict[str, Any]) -> None:
    """Take a place from a slot that has one to spare beyond whoever is preassigned there."""
    kept = Counter(slot for _, slot in value.get("preassigned", []))
    quota = {slot for f in value.get("facilities", []) if "quotas" in f for slot in f["slots"]}
    able = [s for s in value["slots"] if s["capacity"] > max(kept[s["id"]], s.get("minimum", 0))]
    able = [s for s in able if s["id"] not in quota]
    if able:
        rng.choice(able)["capacity"] -= 1


def test_displaced_are_the_lowest_ranked_and_no_more() -> None:
    seen = 0
    for seed in range(400):
        value = some_problem(seed)
        released = solve(Problem.from_dict(value))
        assert displaced(Problem.from_dict(value), released) == ()
        changed = copy.deepcopy(value)
        shrink(random.Random(seed), changed)
        gone = displaced(Problem.from_dict(changed), released)
        seen += len(gone)
        judge = Judge(changed, strict=True)
        stay = [(n, s) for n, s in released.assignment.items() if s is not None and n not in gone]
        assert judge.allowed(stay), f"seed {seed}"
        for name in gone:
            slot = released.assignment[name]
            assert slot is not None
            better = [pair for pair in stay if judge._level(pair) < judge.priority[slot][name]]
            assert not judge.allowed([*better, (name, slot)]), f"seed {seed}"
    assert seen > 50


def test_repair_moves_only_the_displaced_and_nobody_of_them_could_do_better() -> None:
    placed = 0
    for seed in range(400):
        value = some_problem(seed)
        rng = random.Random(seed)
        problem = Problem.from_dict(value)
        released = solve(problem)
        fixed = dict(problem.preassigned)
        able = [name for name, slot in released.assignment.items() if slot and name not in fixed]
        moving = rng.sample(able, rng.randint(0, min(3, len(able))))
        withdrawn = {rng.choice(value["slots"])["id"]}
        done = repair(problem, released, moving, closed=withdrawn)
        placed += len(done.placed)
        assert set(done.placed) | set(done.unplaced) == set(moving)
        for name, slot in released.assignment.items():
            if name not in moving:
                assert done.assignment[name] == slot
        judge = Judge(value, strict=True)
        now = dict(done.assignment)
        assert judge.allowed([(n, s) for n, s in now.items() if s is not None])
        assert withdrawn.isdisjoint(done.placed.values())
        blocking = {pair for pair in judge.blocking(now, frozenset(withdrawn)) if pair[0] in moving}
        # Whoever is kept is not sent away for them: they block with open places alone, and those with nobody.
        for name, slot in blocking:
            others = [(n, s) for n, s in now.items() if s is not None and n != name]
            mine = judge.priority[slot][name]
            settled = [p for p in others if p[0] not in moving or judge._level(p) < mine or p[1] != slot]
            assert not judge.allowed([*settled, (name, slot)]), f"seed {seed}"
    assert placed > 100


def test_repair_leaves_the_unplaced_to_clearing_even_where_a_place_has_opened() -> None:
    value: dict[str, Any] = {
        "format": "matching-problem/1",
        "students": [{"id": "s1", "preferences": [["a"]]}, {"id": "s2", "preferences": [["a"]]}],
        "slots": [{"id": "a", "preferences": [["s1"], ["s2"]]}],
    }
    released = solve(Problem.from_dict(value))
    value["slots"][0]["capacity"] = 2
    assert repair(Problem.from_dict(value), released, []).assignment["s2"] is None


def test_repair_refuses_who_it_cannot_move() -> None:
    value = random_problem(random.Random(5), students=6, slots=4)
    value["students"] += [{"id": "p", "preferences": []}, {"id": "c1"}, {"id": "c2"}]
    value["slots"].append({"id": "own", "capacity": 1})
    value["preassigned"] = [["p", "own"]]
    released = solve(Problem.from_dict(value))
    value["couples"] = [{"id": "k", "members": ["c1", "c2"], "preferences": [["own", None]]}]
    problem = Problem.from_dict(value)
    for name, line in (("p", "is preassigned"), ("x", "unknown student")):
        with pytest.raises(MatchingError, match=line):
            repair(problem, released, [name])
    with pytest.raises(MatchingError, match='both members of couple "k" moved'):
        repair(problem, released, ["c1", "c2"])


def test_repair_asks_to_displace_first_where_those_who_stay_do_not_fit() -> None:
    value: dict[str, Any] = {
        "format": "matching-problem/1",
        "students": [{"id": f"s{i}", "preferences": [["a"], ["b"]]} for i in range(3)],
        "slots": [{"id": "a", "capacity": 2, "then_any": True}, {"id": "b", "then_any": True}],
    }
    released = solve(Problem.from_dict(value))
    value["slots"][0]["capacity"] = 1
    changed = Problem.from_dict(value)
    with pytest.raises(ProblemError, match='slot "a" has a capacity of 1'):
        repair(changed, released, [])
    gone = displaced(changed, released)
    assert len(gone) == 1
    assert repair(changed, released, gone).unplaced == gone


def change(rng: random.Random, value: dict[str, Any]) -> None:
    """One change of any kind, for better or worse."""
    kind = rng.randrange(9)
    if kind == 0:
        shrink(rng, value)
    elif kind == 1:
        slots = [entry["id"] for entry in value["slots"]]
        wishes = [[slot] for slot in rng.sample(slots, rng.randint(0, len(slots)))]
        value["students"].append({"id": "new", "preferences": wishes, "types": {"school": "U"}})
        for holder in (*value["slots"], *value.get("facilities", [])):
            owned = any(holder["id"] in f["slots"] for f in value.get("facilities", []))
            if not owned and rng.random() < 0.5:
                holder["preferences"].insert(rng.randint(0, len(holder["preferences"])), ["new"])
    elif kind == 2:
        rng.choice(value["slots"])["capacity"] += 1
    elif kind == 3:
        fixed = {pair[0] for pair in value.get("preassigned", [])}
        leaver = rng.choice(value["students"])
        if leaver["id"] not in fixed:
            leaver["preferences"] = []
    elif kind == 4:
        entry = rng.choice(value["students"])
        rng.shuffle(entry["preferences"])
    elif kind == 5:
        rng.shuffle(value["students"])
    elif kind == 6:
        for entry in (*value["slots"], *value.get("facilities", [])):
            for bound, most in entry.get("quotas", {"maximum": {}})["maximum"].items():
                entry["quotas"]["maximum"][bound] = max(0, most - 1) if not value.get("preassigned") else most
    elif kind == 7:
        rng.choice([*value["slots"], *value.get("facilities", [])])["preferences"].reverse()
    else:
        for entry in value.get("facilities", []):
            entry["capacity"] -= bool(entry["capacity"]) and not value.get("preassigned")


def test_what_if_equals_solving_again() -> None:
    continued = 0
    for seed in range(1000):
        rng = random.Random(seed)
        value = some_problem(seed, mode=rng.choice(("single", "multiple")), minimum=seed % 7 == 0)
        before = Problem.from_dict(value)
        released = solve(before)
        changed = copy.deepcopy(value)
        change(rng, changed)
        after = Problem.from_dict(changed)
        found = what_if(before, released, after)
        again = solve(after)
        assert found.result.to_json() == again.to_json(), f"seed {seed}"
        assert verify(after, found.result) == []
        differing = {
            name
            for name in {*released.assignment, *again.assignment}
            if released.assignment.get(name) != again.assignment.get(name)
        }
        assert {entry.student for entry in found.changes} == differing
        continued += found.continued and bool(differing)
    assert continued > 40


def test_a_displaced_member_of_a_couple_stays_beside_the_partner() -> None:
    """Against trying the couple's pairs in order: the first that keeps the partner and has a place left."""
    moved = 0
    for seed in range(600):
        value = random_problem(
            random.Random(seed), students=7, slots=4, couples=True, ineligible=seed % 2 == 0
        )
        problem = Problem.from_dict(value)
        result = solve(problem, "couples")
        released = result.assignment
        judge = Judge(value, strict=False)
        for couple in value["couples"]:
            for side, member in enumerate(couple["members"]):
                lost, stays = released[member], released[couple["members"][1 - side]]
                if lost is None:
                    continue
                found = repair(problem, result, [member], closed=[lost])
                filled = Counter(slot for name, slot in released.items() if name != member)
                expected = next(
                    (
                        pair[side]
                        for pair in couple["preferences"]
                        if pair[1 - side] == stays and pair[side] not in (None, lost)
                        if member in judge.priority[pair[side]]
                        if filled[pair[side]] < judge.slots[pair[side]]["capacity"]
                    ),
                    None,
                )
                assert dict(found.assignment) == {**released, member: expected}, f"seed {seed}"
                moved += expected is not None
    assert moved > 5
