"""The normalised spelling of a problem: the text its digest is over. Only :mod:`matching.problem` imports
this.

Written straight to text: a digest is taken of every problem solved, and sorting half a million nested
lists only to dump them costs more than solving.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from matching.collector import paused
from matching.entities import Couple, Entities, Facility, Quota, Slot, Student, Tiers

_Quote = Callable[[str], str]
_encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make an encoder for every string


@paused()
def normalised(problem: Entities) -> str:
    """Keys by code point, no spaces, entities and the ids within a tier sorted, defaults filled in."""
    quote = _Quoted().__getitem__
    parts = {
        "couples": (_couple(couple, quote) for couple in _sorted(problem.couples)),
        "facilities": (_facility(facility, quote) for facility in _sorted(problem.facilities)),
        "ineligible": (_array(map(quote, entry)) for entry in sorted(problem.ineligible)),
        "preassigned": (_array(map(quote, pair)) for pair in sorted(problem.preassigned)),
        "slots": (_slot(slot, quote) for slot in _sorted(problem.slots)),
        "students": (_student(student, quote) for student in _sorted(problem.students)),
    }
    fields = {key: _array(entries) for key, entries in parts.items()}
    return _object({**fields, "format": '"matching-problem/1"'})


class _Quoted(dict[str, str]):
    """Each string as JSON, escaped once: ids recur in many lists."""

    def __missing__(self, text: str) -> str:
        self[text] = made = _encode(text)
        return made


def _sorted(entities: Iterable[Any]) -> list[Any]:
    return sorted(entities, key=lambda entity: entity.id)


def _array(entries: Iterable[str]) -> str:
    return f"[{','.join(entries)}]"


def _object(fields: Mapping[str, str]) -> str:
    return f"{{{','.join([f'{json.dumps(key)}:{fields[key]}' for key in sorted(fields)])}}}"


def _tiers(tiers: Tiers, quote: _Quote) -> str:
    if not tiers:
        return "[]"
    if max(map(len, tiers)) == 1:
        joined = '"],["'.join(chain.from_iterable(tiers))
        if "\\" not in joined and joined.count('"') == 2 * (len(tiers) - 1):
            return f'[["{joined}"]]'  # no name needs escaping: they have no control characters
    return _array([_array([quote(name) for name in sorted(tier)]) for tier in tiers])


def _strings(values: Mapping[str, str], quote: _Quote) -> str:
    return f"{{{','.join([f'{quote(key)}:{quote(values[key])}' for key in sorted(values)])}}}"


def _quotas(quota: Quota | None, quote: _Quote) -> str:
    """There is no default for quotas: without any the key is left out."""
    if quota is None:
        return ""
    bounds = ",".join([f"{quote(value)}:{quota.maximum[value]}" for value in sorted(quota.maximum)])
    return f',"quotas":{{"maximum":{{{bounds}}},"type":{quote(quota.type)}}}'


def _student(student: Student, quote: _Quote) -> str:
    wishes, types = _tiers(student.preferences, quote), _strings(student.types, quote)
    return f'{{"id":{quote(student.id)},"preferences":{wishes},"types":{types}}}'


def _holder(holder: Slot | Facility, quote: _Quote) -> str:
    return f'"preferences":{_tiers(holder.preferences, quote)}{_quotas(holder.quota, quote)}'


def _then_any(holder: Slot | Facility) -> str:
    return f'"then_any":{"true" if holder.then_any else "false"}'


def _slot(slot: Slot, quote: _Quote) -> str:
    numbers = f'"capacity":{slot.capacity},"id":{quote(slot.id)},"minimum":{slot.minimum}'
    return f"{{{numbers},{_holder(slot, quote)},{_then_any(slot)}}}"


def _facility(facility: Facility, quote: _Quote) -> str:
    slots = _array([quote(name) for name in sorted(facility.slots)])
    head = f'"capacity":{facility.capacity},"id":{quote(facility.id)}'
    return f'{{{head},{_holder(facility, quote)},"slots":{slots},{_then_any(facility)}}}'


def _couple(couple: Couple, quote: _Quote) -> str:
    members = _array(map(quote, couple.members))
    pairs = ["null" if slot is None else quote(slot) for pair in couple.preferences for slot in pair]
    joined = _array([f"[{first},{second}]" for first, second in zip(pairs[::2], pairs[1::2], strict=True)])
    return f'{{"id":{quote(couple.id)},"members":{members},"preferences":{joined}}}'
