"""The normalised spelling of a problem: the text its digest is over. Only :mod:`matching.problem` imports
this.

Written straight to text: a digest is taken of every problem solved, and sorting half a million nested
lists only to dump them costs more than solving.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from matching.collector import paused
from matching.entities import Couple, Entities, Facility, Quota, Slot, Student, Tiers

_encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make an encoder for every string


@paused()
def normalised(problem: Entities) -> str:
    """Keys by code point, no spaces, entities and the ids within a tier sorted, defaults filled in."""
    quoted = _Quoted(entity.id for side in (problem.students, problem.slots) for entity in side)
    parts = {
        "couples": (_couple(couple, quoted) for couple in _sorted(problem.couples)),
        "facilities": (_facility(facility, quoted) for facility in _sorted(problem.facilities)),
        "ineligible": (_array(map(quoted.__getitem__, entry)) for entry in sorted(problem.ineligible)),
        "preassigned": (_array(map(quoted.__getitem__, pair)) for pair in sorted(problem.preassigned)),
        "slots": (_slot(slot, quoted) for slot in _sorted(problem.slots)),
        "students": (_student(student, quoted) for student in _sorted(problem.students)),
    }
    fields = {key: _array(entries) for key, entries in parts.items()}
    return _object({**fields, "format": '"matching-problem/1"'})


class _Quoted(dict[str, str]):
    """Each string as JSON, escaped once: ids recur in many lists.

    ``plain``: the ids of students and slots have nothing to escape (control characters they never have).
    """

    def __init__(self, ids: Iterable[str]) -> None:
        joined = "".join(ids)
        self.plain = '"' not in joined and "\\" not in joined

    def __missing__(self, text: str) -> str:
        self[text] = made = _encode(text)
        return made


def _sorted(entities: Iterable[Any]) -> list[Any]:
    return sorted(entities, key=lambda entity: entity.id)


def _array(entries: Iterable[str]) -> str:
    return f"[{','.join(entries)}]"


def _object(fields: Mapping[str, str]) -> str:
    return f"{{{','.join([f'{json.dumps(key)}:{fields[key]}' for key in sorted(fields)])}}}"


def _tiers(tiers: Tiers, quoted: _Quoted) -> str:
    if not tiers:
        return "[]"
    if quoted.plain:
        names = list(chain.from_iterable(tiers))
        if len(names) == len(tiers):  # no tier is empty, so each holds one
            return '[["' + '"],["'.join(names) + '"]]'
    return _array([_array([quoted[name] for name in sorted(tier)]) for tier in tiers])


def _strings(values: Mapping[str, str], quoted: _Quoted) -> str:
    return f"{{{','.join([f'{quoted[key]}:{quoted[values[key]]}' for key in sorted(values)])}}}"


def _quotas(quota: Quota | None, quoted: _Quoted) -> str:
    """There is no default for quotas: without any the key is left out."""
    if quota is None:
        return ""
    bounds = ",".join([f"{quoted[value]}:{quota.maximum[value]}" for value in sorted(quota.maximum)])
    return f',"quotas":{{"maximum":{{{bounds}}},"type":{quoted[quota.type]}}}'


def _student(student: Student, quoted: _Quoted) -> str:
    wishes = _tiers(student.preferences, quoted)
    types = _strings(student.types, quoted) if student.types else "{}"
    return f'{{"id":{quoted[student.id]},"preferences":{wishes},"types":{types}}}'


def _holder(holder: Slot | Facility, quoted: _Quoted) -> str:
    return f'"preferences":{_tiers(holder.preferences, quoted)}{_quotas(holder.quota, quoted)}'


def _then_any(holder: Slot | Facility) -> str:
    return f'"then_any":{"true" if holder.then_any else "false"}'


def _slot(slot: Slot, quoted: _Quoted) -> str:
    numbers = f'"capacity":{slot.capacity},"id":{quoted[slot.id]},"minimum":{slot.minimum}'
    return f"{{{numbers},{_holder(slot, quoted)},{_then_any(slot)}}}"


def _facility(facility: Facility, quoted: _Quoted) -> str:
    slots = _array([quoted[name] for name in sorted(facility.slots)])
    head = f'"capacity":{facility.capacity},"id":{quoted[facility.id]}'
    return f'{{{head},{_holder(facility, quoted)},"slots":{slots},{_then_any(facility)}}}'


def _couple(couple: Couple, quoted: _Quoted) -> str:
    members = _array(map(quoted.__getitem__, couple.members))
    pairs = ["null" if slot is None else quoted[slot] for pair in couple.preferences for slot in pair]
    joined = _array([f"[{first},{second}]" for first, second in zip(pairs[::2], pairs[1::2], strict=True)])
    return f'{{"id":{quoted[couple.id]},"members":{members},"preferences":{joined}}}'
