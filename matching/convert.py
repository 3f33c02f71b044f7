"""Problems from other people's formats: Glasgow text, PrefLib orders, CSV pairs. Reads text, gives a Problem.

What a format leaves open is said in its function. A line that breaks a format is a ProblemError naming it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from matching.errors import ProblemError, quoted
from matching.problem import Problem
from matching.reading import FORMAT

_TOKEN = re.compile(r"\d+|[()]|\S")
_ALTERNATIVE = re.compile(r"# ALTERNATIVE NAME (\d+): (.*)")
_ORDER = re.compile(r"\{[^{}]*\}|[^,{}]+")


def from_glasgow(text: str) -> Problem:
    """Glasgow's HRT, SMTI and HRTC text, ties in parentheses, with or without colons after the numbers.

    Three lines of numbers come first: 0, residents and hospitals; or single residents, couples and hospitals,
    where a first line of 0 always means the former. Then a line each: a resident's number and list; a
    couple's two numbers and pairs of hospitals, read two at a time; a hospital's number, capacity and list.
    Residents become students and hospitals slots under their numbers.

    >>> problem = from_glasgow("0\\n2\\n1\\n1 1\\n2 1\\n1 1 (1 2)\\n")
    >>> problem.slots[0].preferences
    (('1', '2'),)
    >>> from_glasgow("1\\n1\\n2\\n1 2\\n2 3 1 1 1 2\\n1 2 2 3\\n2 1 1 3\\n").couples[0].preferences
    (('1', '1'), ('1', '2'))
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) < 3:
        raise ProblemError("line 1", "expected the numbers of residents, couples and hospitals")
    counts = [_whole(line, number) for number, line in lines[:3]]
    if not counts[0]:
        counts = [counts[1], 0, counts[2]]
    residents, couples, hospitals = counts
    rest = [(number, _TOKEN.findall(line.replace(":", " ")) or [""]) for number, line in lines[3:]]
    if len(rest) != sum(counts):
        expected = " + ".join(str(count) for count in (residents, *([couples] if couples else []), hospitals))
        raise ProblemError(f"line {lines[-1][0]}", f"expected {expected} lists, not {len(rest)}")
    students = [{"id": tokens[0], "preferences": _bracketed(tokens[1:], n)} for n, tokens in rest[:residents]]
    joint = [_couple(tokens, number) for number, tokens in rest[residents : residents + couples]]
    members = [{"id": name} for couple in joint for name in couple["members"]]
    slots = [_hospital(tokens, number) for number, tokens in rest[residents + couples :]]
    return _problem(students + members, slots, joint)


def _couple(tokens: list[str], number: int) -> dict[str, Any]:
    for token in tokens:
        _whole(token, number)
    if len(tokens) < 2 or len(tokens) % 2:
        raise ProblemError(f"line {number}", "expected two numbers and pairs of hospitals")
    pairs = [list(pair) for pair in zip(tokens[2::2], tokens[3::2], strict=True)]
    return {"id": f"{tokens[0]}+{tokens[1]}", "members": tokens[:2], "preferences": pairs}


def _hospital(tokens: list[str], number: int) -> dict[str, Any]:
    if len(tokens) < 2:
        raise ProblemError(f"line {number}", "expected a number, a capacity and a list")
    capacity, wishes = _whole(tokens[1], number), _bracketed(tokens[2:], number)
    return {"id": tokens[0], "capacity": capacity, "preferences": wishes}


def _whole(token: str, number: int) -> int:
    if not token.isascii() or not token.isdigit():
        raise ProblemError(f"line {number}", f"expected a whole number, not {quoted(token)}")
    return int(token)


def _bracketed(tokens: Iterable[str], number: int) -> list[list[str]]:
    tiers: list[list[str]] = []
    inside = False
    for token in tokens:
        if token == "(" and not inside:
            inside = True
            tiers.append([])
        elif token == ")" and inside:
            inside = False
        elif token.isdigit() and inside:
            tiers[-1].append(token)
        elif token.isdigit():
            tiers.append([token])
        else:
            raise ProblemError(f"line {number}", f"unexpected {quoted(token)}")
    if inside:
        raise ProblemError(f"line {number}", "a parenthesis is not closed")
    return tiers


def from_preflib(text: str, capacities: str | int = 1) -> Problem:
    """PrefLib's .soi, .soc, .toi and .toc: one line an order, ``how often: 1,{2,3},4``.

    Each order becomes as many students, v1, v2, …; alternatives become slots under their names, or their
    numbers where a name is missing or comes twice. Slots rank nobody in PrefLib: here they take anybody
    who lists them.

    Parameters
    ----------
    text : str
    capacities : str or int
        CSV text with the columns ``slot`` and ``capacity``, or one capacity for all.

    >>> problem = from_preflib("# ALTERNATIVE NAME 1: coding\\n2: 1,{2,3}\\n", 1)
    >>> [(s.id, s.preferences) for s in problem.students][1]
    ('v2', (('coding',), ('2', '3')))
    """
    named = {number: name.strip() for number, name in _ALTERNATIVE.findall(text)}
    taken = list(named.values())
    names = {number: name if name and taken.count(name) == 1 else number for number, name in named.items()}
    students: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        often, separator, order = line.partition(":")
        if not separator:
            raise ProblemError(f"line {number}", "expected how often, a colon and an order")
        tiers = [
            [names.setdefault(entry.strip(), entry.strip()) for entry in tier.strip("{} ").split(",")]
            for tier in _ORDER.findall(order)
            if tier.strip()
        ]
        for _ in range(_whole(often.strip(), number)):
            students.append({"id": f"v{len(students) + 1}", "preferences": tiers})
    room = dict.fromkeys(names.values(), capacities) if isinstance(capacities, int) else _room(capacities)
    for name in room:
        if name not in names.values():
            raise ProblemError("capacities", f"unknown slot {quoted(name)}")
    slots = [{"id": name, "capacity": room.get(name, 1), "then_any": True} for name in names.values()]
    return _problem(students, slots)


def from_pairs(text: str, capacities: str | int = 1) -> Problem:
    """CSV, one row a pair: ``student,slot,student_rank`` and optionally ``slot_rank``; smaller ranks are
    better.

    Equal ranks are a tie. Without the column ``slot_rank`` slots take anybody who lists them; with it an
    empty cell means that the slot doesn't accept the student, and an empty ``student_rank`` that the
    student doesn't list the slot.

    Parameters
    ----------
    text : str
    capacities : str or int
        CSV text with the columns ``slot`` and ``capacity``, or one capacity for all.

    >>> problem = from_pairs("student,slot,student_rank\\nann,lab,1\\nann,desk,2\\nbob,lab,1\\n", 1)
    >>> problem.students[0].preferences
    (('lab',), ('desk',))
    """
    rows = list(_rows(text, "pairs", ("student", "slot", "student_rank")))
    ranked = bool(rows) and "slot_rank" in rows[0][1]
    wishes: dict[str, dict[int, list[str]]] = {}
    priorities: dict[str, dict[int, list[str]]] = {}
    for number, row in rows:
        mine = wishes.setdefault(row["student"], {})
        theirs = priorities.setdefault(row["slot"], {})
        if row["student_rank"]:
            mine.setdefault(_whole(row["student_rank"], number), []).append(row["slot"])
        if ranked and row["slot_rank"]:
            theirs.setdefault(_whole(row["slot_rank"], number), []).append(row["student"])
    room = dict.fromkeys(priorities, capacities) if isinstance(capacities, int) else _room(capacities)
    for name in room:
        priorities.setdefault(name, {})
    return _problem(
        [{"id": name, "preferences": _by_rank(tiers)} for name, tiers in wishes.items()],
        [
            {
                "id": name,
                "capacity": room.get(name, 1),
                "preferences": _by_rank(tiers),
                "then_any": not ranked,
            }
            for name, tiers in priorities.items()
        ],
    )


def _by_rank(tiers: Mapping[int, list[str]]) -> list[list[str]]:
    return [tiers[rank] for rank in sorted(tiers)]


def _room(text: str) -> dict[str, int]:
    return {
        row["slot"]: _whole(row["capacity"], number)
        for number, row in _rows(text, "capacities", ("slot", "capacity"))
    }


def _rows(text: str, what: str, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for column in needed:
            if column not in (reader.fieldnames or ()):
                raise ProblemError(what, f"no column {quoted(column)}")
        for row in reader:
            if None in row or None in row.values():
                raise ProblemError(f"{what}, line {reader.line_num}", "as many cells as columns expected")
            yield reader.line_num, {key: cell.strip() for key, cell in row.items()}
    except csv.Error as error:
        raise ProblemError(f"{what}, line {reader.line_num}", str(error)) from None


def _problem(
    students: list[dict[str, Any]], slots: list[dict[str, Any]], couples: Sequence[dict[str, Any]] = ()
) -> Problem:
    value = {"format": FORMAT, "students": students, "slots": slots, "couples": list(couples)}
    return Problem.from_dict(value)


READERS: Final[Mapping[str, Callable[..., Problem]]] = {
    "glasgow": from_glasgow,
    "preflib": from_preflib,
    "pairs": from_pairs,
}
