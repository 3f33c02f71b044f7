"""Examples from the literature with exact answers, both sides' optima.

Each says with what its lists and answers were compared, entry by entry; "a public copy" is a program that
cites the page, which is not the page. Numbers of stable matchings are what trying every matching gives.
Tests of a theorem say whose it is; their lists are no printed example.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from brute import Judge

from matching import Problem, solve, verify
from matching.lattice import all_stable


def strict(
    students: dict[str, str], slots: dict[str, str], capacity: dict[str, int] | None = None, **more: Any
) -> dict[str, Any]:
    """A problem from lists written as space-separated identifiers."""
    capacity = capacity or {}
    return {
        "format": "matching-problem/1",
        "students": [
            {"id": name, "preferences": [[slot] for slot in wishes.split()]}
            for name, wishes in students.items()
        ],
        "slots": [
            {
                "id": name,
                "capacity": capacity.get(name, 1),
                "preferences": [[student] for student in wishes.split()],
            }
            for name, wishes in slots.items()
        ],
        **more,
    }


def square(students: list[str], slots: list[str]) -> dict[str, Any]:
    """Equal numbers, named 1 … n on both sides with a letter in front."""

    def lists(own: str, other: str, rows: list[str]) -> dict[str, str]:
        return {f"{own}{k}": " ".join(other + name for name in row.split()) for k, row in enumerate(rows, 1)}

    return strict(lists("m", "w", students), lists("w", "m", slots))


GALE_SHAPLEY_1 = strict(  # Gale and Shapley 1962, example 1
    {"α": "A B C", "β": "B C A", "γ": "C A B"}, {"A": "β γ α", "B": "γ α β", "C": "α β γ"}
)
GALE_SHAPLEY_2 = strict(  # Gale and Shapley 1962, example 2: only one stable set of marriages
    {"α": "A B C D", "β": "A D C B", "γ": "B A C D", "δ": "D B C A"},
    {"A": "δ γ α β", "B": "β δ α γ", "C": "δ α β γ", "D": "γ β α δ"},
)
# The example of Manlove's lecture "A Grand Tour of Stable Matching Problems" (University of Glasgow), whose
# slides also print its stable matching; compared with the text of the slides.
GRAND_TOUR = square(
    ["4 1 2 3", "2 3 1 4", "2 4 3 1", "3 1 4 2"], ["4 1 3 2", "1 3 2 4", "1 2 3 4", "4 1 3 2"]
)
# The instance of size 8 of Gusfield and Irving 1989. Five public copies agree in fifteen lists, but for a
# slip in m7 of one. Four give w6 as first here, one as second; so does a program after McVitie and Wilson
# 1970, whose larger instance has the same lists and more. Both are here; no printed page was compared.
W6 = ("2 8 5 3 4 6 7 1", "2 8 5 4 6 3 7 1")
GUSFIELD_IRVING = square(
    [
        "5 7 1 2 6 8 4 3",
        "2 3 7 5 4 1 8 6",
        "8 5 1 4 6 2 3 7",
        "3 2 7 4 1 6 8 5",
        "7 2 5 1 3 6 8 4",
        "1 6 7 5 8 4 2 3",
        "2 5 7 6 3 4 8 1",
        "3 8 4 5 7 2 6 1",
    ],
    [
        "5 3 7 6 1 2 8 4",
        "8 6 3 5 7 2 1 4",
        "1 5 6 2 4 8 7 3",
        "8 7 3 2 4 1 5 6",
        "6 4 7 3 8 1 2 5",
        "2 8 5 4 6 3 7 1",
        "7 5 2 1 8 6 4 3",
        "7 4 1 5 2 3 6 8",
    ],
)
# The next four: lists, places and both sides' optima compared with a public copy, the tests of a deferred
# acceptance in Julia that cite the example, section or page of the book.
ROTH_SOTOMAYOR_2_9 = square(  # Roth and Sotomayor 1990, example 2.9
    ["1 2 3 4", "4 2 3 1", "4 3 1 2", "1 4 3 2", "1 2 4"],
    ["2 3 1 4 5", "3 1 2 4 5", "5 4 1 2 3", "1 4 5 2 3"],
)
ROTH_SOTOMAYOR_2_17 = square(  # Roth and Sotomayor 1990, example 2.17
    ["1 2 3 4", "2 1 4 3", "3 4 1 2", "4 3 2 1"], ["4 3 2 1", "3 4 1 2", "2 1 4 3", "1 2 3 4"]
)
# Gusfield and Irving 1989, section 1.6.5. The copy notes that the book prints as the best for hospitals a
# matching with m2 at w4 and m10 at w5: that one is stable, but both hospitals gain by the exchange made here.
GUSFIELD_IRVING_HR = square(
    [
        "3 1 5 4",
        "1 3 4 2 5",
        "4 5 3 1 2",
        "3 4 1 5",
        "1 4 2",
        "4 3 2 1 5",
        "2 5 1 3",
        "1 3 2 5 4",
        "4 1 5",
        "3 1 5 2 4",
        "5 4 1 3 2",
    ],
    [
        "3 7 9 11 5 4 10 8 6 1 2",
        "5 7 10 6 8 2 3 11",
        "11 6 8 3 2 4 7 1 10",
        "10 1 2 11 4 9 5 3 6 8",
        "2 4 10 7 6 1 8 3 11 9",
    ],
)
for slot, places in zip(GUSFIELD_IRVING_HR["slots"], (4, 1, 3, 2, 1), strict=True):
    slot["capacity"] = places
ROTH_1985 = strict(  # Roth 1985 as Roth and Sotomayor 1990 print it (the copy says: page 16)
    {
        "s1": "C5 C1",
        "s2": "C2 C5 C1",
        "s3": "C3 C1",
        "s4": "C4 C1",
        "s5": "C1 C2",
        "s6": "C1 C3",
        "s7": "C1 C3 C4",
    },
    {"C1": "s1 s2 s3 s4 s5 s6 s7", "C2": "s5 s2", "C3": "s6 s7 s3", "C4": "s7 s4", "C5": "s2 s1"},
    {"C1": 3},
)
SPA = strict(  # Abraham, Irving and Manlove 2007, figure 1; compared with a public copy
    {
        "s1": "p1 p7",
        "s2": "p1 p2 p3 p4 p5 p6",
        "s3": "p2 p1 p4",
        "s4": "p2",
        "s5": "p1 p2 p3 p4",
        "s6": "p2 p3 p4 p5 p6",
        "s7": "p5 p3 p8",
    },
    {f"p{k}": "" for k in range(1, 9)},
    {"p1": 2},
    facilities=[
        {
            "id": "l1",
            "slots": ["p1", "p2", "p3"],
            "capacity": 3,
            "preferences": [[f"s{k}"] for k in (7, 4, 1, 3, 2, 5, 6)],
        },
        {
            "id": "l2",
            "slots": ["p4", "p5", "p6"],
            "capacity": 2,
            "preferences": [[f"s{k}"] for k in (3, 2, 6, 7, 5)],
        },
        {"id": "l3", "slots": ["p7", "p8"], "capacity": 2, "preferences": [["s1"], ["s7"]]},
    ],
)

CASES = [
    (GRAND_TOUR, 1, "m1 w4 m2 w3 m3 w2 m4 w1", "m1 w4 m2 w3 m3 w2 m4 w1"),
    (GALE_SHAPLEY_1, 3, "α A β B γ C", "α C β A γ B"),
    (GALE_SHAPLEY_2, 1, "α C β D γ A δ B", "α C β D γ A δ B"),
    (
        GUSFIELD_IRVING,
        None,
        "m1 w5 m2 w3 m3 w8 m4 w6 m5 w7 m6 w1 m7 w2 m8 w4",
        "m1 w3 m2 w6 m3 w2 m4 w8 m5 w1 m6 w5 m7 w7 m8 w4",
    ),
    (ROTH_SOTOMAYOR_2_9, None, "m1 w1 m2 w2 m3 w3 m4 w4", "m1 w4 m2 w1 m3 w2 m4 w3"),
    (ROTH_SOTOMAYOR_2_17, 10, "m1 w1 m2 w2 m3 w3 m4 w4", "m1 w4 m2 w3 m3 w2 m4 w1"),
    (
        GUSFIELD_IRVING_HR,
        None,
        "m1 w3 m2 w1 m3 w4 m4 w3 m5 w1 m6 w3 m7 w2 m8 w1 m9 w4 m10 w1 m11 w5",
        "m1 w4 m2 w5 m3 w3 m4 w1 m5 w1 m6 w3 m7 w2 m8 w3 m9 w1 m10 w4 m11 w1",
    ),
    (ROTH_1985, 4, "s1 C5 s2 C2 s3 C3 s4 C4 s5 C1 s6 C1 s7 C1", "s1 C1 s2 C5 s3 C1 s4 C1 s5 C2 s6 C3 s7 C4"),
    (SPA, None, "s1 p1 s2 p5 s3 p4 s4 p2 s7 p3", None),
]


@pytest.mark.parametrize(("value", "stable", "students", "slots"), CASES)
def test_both_optima(value: dict[str, Any], stable: int | None, students: str, slots: str | None) -> None:
    problem = Problem.from_dict(value)
    assert placed(solve(problem).assignment) == pairs(students)
    if slots is not None:
        assert placed(solve(problem, "slot-optimal").assignment) == pairs(slots)


@pytest.mark.parametrize(("value", "stable"), [case[:2] for case in CASES if case[1]])
def test_number_of_stable_matchings(value: dict[str, Any], stable: int) -> None:
    assert len(Judge(value, strict=True).stable()) == stable


@pytest.mark.parametrize(("w6", "number"), [(W6[0], 8), (W6[1], 9)])
def test_the_instance_of_size_8(w6: str, number: int) -> None:
    """All of its matchings are tried: lists are complete, so a stable one leaves nobody out."""
    slots = [
        {**slot, "preferences": [["m" + name] for name in w6.split()]} if slot["id"] == "w6" else slot
        for slot in GUSFIELD_IRVING["slots"]
    ]
    value = {**GUSFIELD_IRVING, "slots": slots}
    men = [[int(tier[0][1:]) - 1 for tier in entry["preferences"]] for entry in value["students"]]
    women = [[int(tier[0][1:]) - 1 for tier in entry["preferences"]] for entry in value["slots"]]
    stable = [wives for wives in itertools.permutations(range(8)) if is_stable(men, women, wives)]
    found = list(all_stable(Problem.from_dict(value)))
    named = [{f"m{m + 1}": f"w{w + 1}" for m, w in enumerate(wives)} for wives in stable]
    assert len(found) == len(named) == number
    assert all(one in named for one in found)


def is_stable(men: list[list[int]], women: list[list[int]], wives: tuple[int, ...]) -> bool:
    husband = {w: m for m, w in enumerate(wives)}
    return not any(
        women[w].index(m) < women[w].index(husband[w])
        for m, own in enumerate(wives)
        for w in men[m][: men[m].index(own)]
    )


def pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def placed(assignment: Any) -> dict[str, str]:
    return {name: slot for name, slot in assignment.items() if slot is not None}


def test_facility_optimum_of_the_spa_example_is_stable_and_no_better_for_any_student() -> None:
    problem = Problem.from_dict(SPA)
    worst, best = solve(problem, "slot-optimal"), solve(problem)
    assert verify(problem, worst) == []
    judge = Judge(SPA, strict=True)
    for name in judge.students:
        assert judge.place(name, dict(best.assignment)) <= judge.place(name, dict(worst.assignment))


def test_a_couple_without_a_stable_matching() -> None:
    """None need exist (Roth 1984, whose lists these are not): a couple, a single student, two slots."""
    value = strict(
        {"s1": "", "s2": "", "s3": "h1 h2"},
        {"h1": "s1 s3", "h2": "s3 s2"},
        couples=[{"id": "k", "members": ["s1", "s2"], "preferences": [["h1", "h2"]]}],
    )
    problem = Problem.from_dict(value)
    feasible = list(Judge(value, strict=False).matchings())
    assert len(feasible) == 4
    assert all(verify(problem, found) for found in feasible)


def test_weakly_stable_matchings_differ_in_size() -> None:
    """One slot's indifference costs a place (Manlove, Irving, Iwama, Miyazaki and Morita 2002 start there).

    These lists are no printed example.
    """
    value = strict({"s1": "a b", "s2": "a"}, {"a": "", "b": "s1"})
    value["slots"][0]["preferences"] = [["s1", "s2"]]
    problem = Problem.from_dict(value)
    assert verify(problem, {"s1": "a", "s2": None}) == []
    assert verify(problem, {"s1": "b", "s2": "a"}) == []
    assert verify(problem, {"s1": None, "s2": "a"}) == [("s1", "b")]


def test_a_couple_blocks_with_one_slot_only_where_it_takes_both() -> None:
    """A slot named twice must take both at once: one place is not enough for the couple to block."""
    value = strict(
        {"s1": "", "s2": "", "s3": "h"},
        {"h": "s1 s3 s2"},
        {"h": 2},
        couples=[{"id": "k", "members": ["s1", "s2"], "preferences": [["h", "h"], ["h", "g"]]}],
    )
    value["slots"].append({"id": "g", "preferences": [["s2"]]})
    problem = Problem.from_dict(value)
    assert verify(problem, {"s1": "h", "s2": "g", "s3": "h"}) == []
    assert verify(problem, {"s1": None, "s2": None, "s3": "h"}) == [("k", "h", "g")]
