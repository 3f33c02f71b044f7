"""From the object of a ``matching-problem/1`` file to entities, or one line that names the path. Nothing
is solved.

Only :mod:`matching.problem` imports this. After it has passed, nothing downstream checks again. Rules that
span several parts of a problem (couples, preassigned places, quotas) are in :mod:`matching.cross_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

from matching.cross_checks import check_across
from matching.entities import (
    NO_TYPES,
    Couple,
    Entities,
    Facility,
    Ineligible,
    Lottery,
    Pair,
    Quota,
    Slot,
    Student,
    Tiers,
)
from matching.errors import ProblemError, quoted
from matching.hashing import ZERO_SEED
from matching.strict_json import array, boolean, choice, identifier, integer, record, string

FORMAT: Final = "matching-problem/1"
MODES: Final = ("single", "multiple")

_SEED = re.compile(r"[0-9a-fA-F]{64}")
_LISTS_ONLY = frozenset({list, tuple})
_OBJECTS_ONLY = frozenset({dict})
_OF_A_STUDENT = frozenset({"id", "preferences", "types"})
_LISTS = ("facilities", "couples", "preassigned", "ineligible")
_Identified = TypeVar("_Identified", Student, Slot, Facility, Couple)


_Ids = Mapping[str, tuple[str]]  # declared identifiers, each with the tier that holds it alone


class _Known(NamedTuple):
    """The identifiers that references may name."""

    students: _Ids
    slots: _Ids
    owned: Collection[str]  # slots of a facility


def entities(value: Any) -> Entities:
    """Check a whole problem.

    Raises
    ------
    ProblemError
        At the first thing that breaks the format, naming its path.
    """
    whole = record(
        value, "problem", required=("format", "students", "slots"), optional=("name", "lottery", *_LISTS)
    )
    choice(whole["format"], "format", among=(FORMAT,))
    parts = {key: array(whole.get(key, []), key) for key in ("students", "slots", *_LISTS)}
    slots = _alone(_ids(parts["slots"], "slots"))
    known = _Known(_alone(_ids(parts["students"], "students")), slots, _owned(parts["facilities"], slots))
    _ids(parts["couples"], "couples")
    found = Entities(
        name=string(whole.get("name", ""), "name"),
        students=_each(parts["students"], "students", known, _student),
        slots=_each(parts["slots"], "slots", known, _slot),
        facilities=_each(parts["facilities"], "facilities", known, _facility),
        couples=_each(parts["couples"], "couples", known, _couple),
        preassigned=_each(parts["preassigned"], "preassigned", known, _preassigned),
        ineligible=_each(parts["ineligible"], "ineligible", known, _ineligible),
        lottery=lottery(whole.get("lottery", {}), "lottery"),
    )
    check_across(found)
    return found


def lottery(value: Any, path: str) -> Lottery:
    fields = record(value, path, optional=("seed", "mode"))
    seed = string(fields.get("seed", ZERO_SEED), f"{path}.seed")
    if not _SEED.fullmatch(seed):
        raise ProblemError(f"{path}.seed", "expected 64 hexadecimal digits")
    return Lottery(seed.lower(), choice(fields.get("mode", "single"), f"{path}.mode", among=MODES))


_Entity = TypeVar("_Entity")


def _each(
    values: list[Any], path: str, known: _Known, read: Callable[[Any, str, _Known], _Entity]
) -> tuple[_Entity, ...]:
    return tuple([read(value, f"{path}[{index}]", known) for index, value in enumerate(values)])


def _alone(names: list[str]) -> _Ids:
    return dict(zip(names, zip(names, strict=True), strict=True))


def _ids(values: list[Any], path: str) -> list[str]:
    """The identifier of each entry, no two alike. Keys are checked later; here there must merely be an id.

    They are copies that lie side by side: in what was parsed they lie among all the lists, and each of
    half a million references to them would wait for memory.
    """
    try:
        names = [value["id"] for value in values]
        joined = "".join(names)
        plain = _OBJECTS_ONLY.issuperset(map(type, values)) and joined.isascii() and joined.isprintable()
    except (KeyError, TypeError):  # no object, no id, or one that is not a string
        plain = False
    if not plain or len(set(names)) < len(names) or not all(names) or max(map(len, names), default=0) > 200:
        names = _ids_slowly(values, path)
    return "\n".join(names).split("\n") if names else []


def _ids_slowly(values: list[Any], path: str) -> list[str]:
    """Entry by entry, with the path to blame."""
    found: dict[str, int] = {}
    for index, value in enumerate(values):
        here = f"{path}[{index}]"
        name = identifier(record(value, here, required=("id",), optional=None)["id"], f"{here}.id")
        if name in found:
            raise ProblemError(f"{here}.id", f"{quoted(name)} is already {path}[{found[name]}]")
        found[name] = index
    return list(found)


def _owned(facilities: list[Any], slots: _Ids) -> dict[str, int]:
    """Which facility owns which slot: at most one each."""
    _ids(facilities, "facilities")
    owner: dict[str, int] = {}
    for index, value in enumerate(facilities):
        here = f"facilities[{index}]"
        names = record(value, here, required=("id", "slots"), optional=None)["slots"]
        for position, name in enumerate(array(names, f"{here}.slots")):
            _reference(name, f"{here}.slots[{position}]", slots, "slot")
            if name in owner:
                raise ProblemError(
                    f"{here}.slots[{position}]", f"{quoted(name)} is already in facilities[{owner[name]}]"
                )
            owner[name] = index
    return owner


def _student(value: Any, path: str, known: _Known) -> Student:
    if type(value) is not dict or not value.keys() <= _OF_A_STUDENT:
        record(value, path, required=("id",), optional=("preferences", "types"))
    return Student(
        known.students[value["id"]][0],
        _tiers(value.get("preferences", ()), f"{path}.preferences", known.slots, "slot"),
        _types(value["types"], f"{path}.types") if "types" in value else NO_TYPES,
    )


def _slot(value: Any, path: str, known: _Known) -> Slot:
    fields = record(
        value,
        path,
        required=("id",),
        optional=("capacity", "minimum", "preferences", "then_any", "quotas"),
    )
    slot = Slot(
        known.slots[fields["id"]][0],
        integer(fields.get("capacity", 1), f"{path}.capacity"),
        integer(fields.get("minimum", 0), f"{path}.minimum"),
        _tiers(fields.get("preferences", ()), f"{path}.preferences", known.students, "student"),
        boolean(fields.get("then_any", False), f"{path}.then_any"),
        _quota(fields["quotas"], f"{path}.quotas") if "quotas" in fields else None,
    )
    if slot.minimum > slot.capacity:
        raise ProblemError(f"{path}.minimum", f"{slot.minimum} is above the capacity of {slot.capacity}")
    if slot.id in known.owned and (slot.preferences or slot.then_any):
        key = "preferences" if slot.preferences else "then_any"
        raise ProblemError(f"{path}.{key}", f"the facility of {quoted(slot.id)} carries its list")
    return slot


def _facility(value: Any, path: str, known: _Known) -> Facility:
    fields = record(
        value,
        path,
        required=("id", "slots"),
        optional=("capacity", "preferences", "then_any", "quotas"),
    )
    return Facility(
        fields["id"],
        tuple(fields["slots"]),
        integer(fields.get("capacity", 1), f"{path}.capacity"),
        _tiers(fields.get("preferences", ()), f"{path}.preferences", known.students, "student"),
        boolean(fields.get("then_any", False), f"{path}.then_any"),
        _quota(fields["quotas"], f"{path}.quotas") if "quotas" in fields else None,
    )


def _couple(value: Any, path: str, known: _Known) -> Couple:
    fields = record(value, path, required=("id", "members", "preferences"))
    first, second = array(fields["members"], f"{path}.members", length=2)
    for position, name in enumerate((first, second)):
        _reference(name, f"{path}.members[{position}]", known.students, "student")
    pairs: dict[Pair, int] = {}
    for index, entry in enumerate(array(fields["preferences"], f"{path}.preferences")):
        here = f"{path}.preferences[{index}]"
        pair = _pair(entry, here, known.slots)
        if pair in pairs:
            raise ProblemError(here, f"the same pair as {path}.preferences[{pairs[pair]}]")
        pairs[pair] = index
    return Couple(fields["id"], (first, second), tuple(pairs))


def _pair(value: Any, path: str, slots: _Ids) -> Pair:
    first, second = array(value, path, length=2)
    for name in (first, second):
        if name is not None:
            _reference(name, path, slots, "slot")
    if first is None and second is None:
        raise ProblemError(path, "a pair places at least one member")
    return first, second


def _preassigned(value: Any, path: str, known: _Known) -> tuple[str, str]:
    student, slot = array(value, path, length=2)
    _reference(student, path, known.students, "student")
    _reference(slot, path, known.slots, "slot")
    return student, slot


def _ineligible(value: Any, path: str, known: _Known) -> Ineligible:
    student, slot, reason = array(value, path, length=3)
    _reference(student, path, known.students, "student")
    _reference(slot, path, known.slots, "slot")
    return Ineligible(student, slot, identifier(reason, f"{path}[2]"))


def _types(value: Any, path: str) -> Mapping[str, str]:
    fields = record(value, path, optional=None)
    if not fields:
        return NO_TYPES
    for key, text in fields.items():
        identifier(key, path)
        identifier(text, f"{path}.{key}")
    return MappingProxyType(dict(fields))


def _quota(value: Any, path: str) -> Quota:
    fields = record(value, path, required=("type", "maximum"))
    maximum = record(fields["maximum"], f"{path}.maximum", optional=None)
    for key, bound in maximum.items():
        identifier(key, f"{path}.maximum")
        integer(bound, f"{path}.maximum.{key}")
    return Quota(identifier(fields["type"], f"{path}.type"), MappingProxyType(dict(maximum)))


def _tiers(value: Any, path: str, known: _Ids, what: str) -> Tiers:
    """Check tiers at the speed of dictionary look-ups; only what fails is walked for the path to blame.

    Lists share the identifiers and the tiers of one: a file repeats each identifier in many lists, and half a
    million equal strings would cost more in cache misses than all checks together.
    """
    if type(value) in _LISTS_ONLY and _LISTS_ONLY.issuperset(map(type, value)):
        try:
            names = [name for [name] in value]
            if len(set(names)) == len(names):
                return tuple(map(known.__getitem__, names))
        except (KeyError, TypeError, ValueError):  # unknown, unhashable, or not one name
            pass
    return _tiers_slowly(value, path, known, what)


def _tiers_slowly(value: Any, path: str, known: _Ids, what: str) -> Tiers:
    seen: set[str] = set()
    tiers = []
    for index, tier in enumerate(array(value, path)):
        here = f"{path}[{index}]"
        names = array(tier, here)
        if not names:
            raise ProblemError(here, "an empty tier")
        for position, name in enumerate(names):
            string(name, f"{here}[{position}]")
            _reference(name, here, known, what)
            if name in seen:
                raise ProblemError(here, f"{quoted(name)} is listed twice")
            seen.add(name)
        tiers.append(tuple([known[name][0] for name in names]))
    return tuple(tiers)


def _reference(name: Any, path: str, known: Collection[str], what: str) -> None:
    if string(name, path) not in known:
        raise ProblemError(path, f"unknown {what} {quoted(name)}")
