"""The immutable problem: read, written, digested. Solving, verifying and explaining live elsewhere.

A problem is validated once, when it is made; nothing downstream checks again. Everyone above may import this.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matching import reading, spelling, strict_json
from matching.collector import paused
from matching.entities import Couple, Entities, Facility, Ineligible, Lottery, Quota, Slot, Student, Tiers
from matching.errors import ProblemError

if TYPE_CHECKING:
    from matching.arrays import Arrays


class Problem:
    """Students, slots and everything that restricts who may go where.

    Make one with :meth:`from_dict`, :meth:`loads`, :meth:`from_json` or :meth:`from_arrays`.

    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"], ["b"]]}, {"id": "s2", "preferences": [["a"]]}],
    ...     "slots": [{"id": "a", "preferences": [["s1", "s2"]]}, {"id": "b", "then_any": True}],
    ... })
    >>> problem.slots[0].capacity
    1
    >>> problem.digest()[:16]
    '1e134e9c566bdbb1'
    """

    def __init__(self, entities: Entities) -> None:
        """For entities that have passed validation; outside this package use the class methods."""
        self.__dict__["_entities"] = entities

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Problem is immutable; make another one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Problem is immutable; make another one")

    def __repr__(self) -> str:
        if self.arrays is not None:
            return f"<Problem: {self.arrays.n_students} students, {self.arrays.n_slots} slots>"
        counts = f"{len(self.students)} students, {len(self.slots)} slots"
        return f"<Problem {self.name!r}: {counts}>" if self.name else f"<Problem: {counts}>"

    def __eq__(self, other: object) -> bool:
        """Equal in every field; order within the file counts, unlike in the digest."""
        return isinstance(other, Problem) and self._entities == other._entities

    def __hash__(self) -> int:
        return hash(self.digest())

    @property
    def entities(self) -> Entities:
        return self._entities

    @cached_property
    def _entities(self) -> Entities:
        """Set when the problem came as entities; spelled out when first asked for where it came as arrays."""
        from matching import arrays

        return arrays.entities(self.__dict__["_arrays"])

    @property
    def arrays(self) -> Arrays | None:
        """The arrays this problem was made of, or None."""
        found: Arrays | None = self.__dict__.get("_arrays")
        return found

    @property
    def name(self) -> str:
        return self._entities.name

    @property
    def students(self) -> tuple[Student, ...]:
        return self._entities.students

    @property
    def slots(self) -> tuple[Slot, ...]:
        return self._entities.slots

    @property
    def facilities(self) -> tuple[Facility, ...]:
        return self._entities.facilities

    @property
    def couples(self) -> tuple[Couple, ...]:
        return self._entities.couples

    @property
    def preassigned(self) -> tuple[tuple[str, str], ...]:
        return self._entities.preassigned

    @property
    def ineligible(self) -> tuple[Ineligible, ...]:
        return self._entities.ineligible

    @property
    def lottery(self) -> Lottery:
        return self._entities.lottery

    @classmethod
    @paused()
    def from_dict(cls, value: Any) -> Problem:
        """Validate the object of a ``matching-problem/1`` file.

        Raises
        ------
        ProblemError
            One line naming the path, such as ``students[3].preferences[0]: unknown slot "x"``.
        """
        return cls(reading.entities(value))

    @classmethod
    @paused()
    def loads(cls, text: str) -> Problem:
        """Parse and validate the text of a problem file; also refuses duplicate keys."""
        return cls.from_dict(strict_json.loads(text))

    @classmethod
    def from_json(cls, path: str | Path) -> Problem:
        """Read a problem file."""
        return cls.loads(strict_json.read_text(path))

    @classmethod
    def from_arrays(
        cls, student_indptr: Any, student_indices: Any, slot_indptr: Any, slot_indices: Any, capacity: Any
    ) -> Problem:
        """A strict problem from lists in CSR form, best first.

        Row r of a side is ``indices[indptr[r]:indptr[r + 1]]``. Students and slots are named by their
        index in decimal digits. int64 pointers and int32 indices are not copied, so they must not be changed
        afterwards.

        Parameters
        ----------
        student_indptr, slot_indptr : array of int, shapes (n_students + 1,) and (n_slots + 1,)
        student_indices : array of int
            Slots, for each student.
        slot_indices : array of int
            Students, for each slot. A pair counts iff both list it.
        capacity : array of int, shape (n_slots,)

        Examples
        --------
        >>> from matching import Problem, solve
        >>> problem = Problem.from_arrays([0, 2, 3], [0, 1, 0], [0, 2, 3], [1, 0, 0], [1, 1])
        >>> solve(problem).slot_of
        array([1, 0], dtype=int32)
        """
        from matching import arrays

        problem = cls.__new__(cls)
        problem.__dict__["_arrays"] = arrays.checked(
            student_indptr, student_indices, slot_indptr, slot_indices, capacity
        )
        return problem

    def replace(
        self, *, seed: str | None = None, mode: str | None = None, name: str | None = None
    ) -> Problem:
        """The same problem with another lottery or name; the digest, which leaves both out, stays."""
        old = self._entities
        fields = {"seed": seed or old.lottery.seed, "mode": mode or old.lottery.mode}
        return Problem(
            old._replace(
                lottery=reading.lottery(fields, "lottery"),
                name=old.name if name is None else strict_json.string(name, "name"),
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """The object of the problem file, every default filled in, in the order given."""
        return {
            "format": reading.FORMAT,
            "name": self.name,
            "students": [_student(student) for student in self.students],
            "slots": [_slot(slot) for slot in self.slots],
            "facilities": [_facility(facility) for facility in self.facilities],
            "couples": [_couple(couple) for couple in self.couples],
            "preassigned": [list(pair) for pair in self.preassigned],
            "ineligible": [list(entry) for entry in self.ineligible],
            "lottery": self.lottery._asdict(),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")) + "\n"

    def digest(self) -> str:
        """``problem_sha256``: SHA-256 over :meth:`normalised`, 64 hexadecimal digits."""
        return self._digest

    def normalised(self) -> bytes:
        """The bytes that the digest is over: one spelling for every file that means the same problem.

        ``name`` and ``lottery`` are left out; a problem without quotas has no ``quotas`` key, every other
        default is written. Entities are sorted by id and ids within a tier are sorted; the order of tiers,
        of the members of a couple and of its pairs is kept.
        """
        return spelling.normalised(self.entities).encode()

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(self.normalised()).hexdigest()


def _lists(tiers: Tiers) -> list[list[str]]:
    return [list(tier) for tier in tiers]


def _quotas(quota: Quota | None) -> dict[str, Any]:
    return {"quotas": {"type": quota.type, "maximum": dict(quota.maximum)}} if quota else {}


def _student(student: Student) -> dict[str, Any]:
    return {"id": student.id, "preferences": _lists(student.preferences), "types": dict(student.types)}


def _slot(slot: Slot) -> dict[str, Any]:
    fields: Mapping[str, Any] = {
        "id": slot.id,
        "capacity": slot.capacity,
        "minimum": slot.minimum,
        "preferences": _lists(slot.preferences),
        "then_any": slot.then_any,
    }
    return {**fields, **_quotas(slot.quota)}


def _facility(facility: Facility) -> dict[str, Any]:
    fields: Mapping[str, Any] = {
        "id": facility.id,
        "slots": list(facility.slots),
        "capacity": facility.capacity,
        "preferences": _lists(facility.preferences),
        "then_any": facility.then_any,
    }
    return {**fields, **_quotas(facility.quota)}


def _couple(couple: Couple) -> dict[str, Any]:
    pairs = [list(pair) for pair in couple.preferences]
    return {"id": couple.id, "members": list(couple.members), "preferences": pairs}


__all__ = ["Problem", "ProblemError"]
