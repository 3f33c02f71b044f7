"""A strict problem as arrays: checked, frozen, and spelled out as entities only when somebody asks.

Students and slots are named by their index in decimal digits. Only :mod:`matching.problem` makes these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.compiled import compiled, worthwhile
from matching.entities import Entities, Lottery, Slot, Student, Tiers
from matching.errors import ProblemError
from matching.hashing import ZERO_SEED
from matching.repeats import first_fault, seen_size

_LARGEST = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class Arrays:
    """Lists in CSR form, best first: row r is ``indices[indptr[r]:indptr[r + 1]]``.

    Attributes
    ----------
    student_indptr, slot_indptr : int64, shapes (n_students + 1,) and (n_slots + 1,)
    student_indices, slot_indices : int32, slots by student and students by slot
    capacity : int32, shape (n_slots,)
    """

    student_indptr: npt.NDArray[np.int64]
    student_indices: npt.NDArray[np.int32]
    slot_indptr: npt.NDArray[np.int64]
    slot_indices: npt.NDArray[np.int32]
    capacity: npt.NDArray[np.int32]

    @property
    def n_students(self) -> int:
        return len(self.student_indptr) - 1

    @property
    def n_slots(self) -> int:
        return len(self.slot_indptr) - 1


def checked(
    student_indptr: Any, student_indices: Any, slot_indptr: Any, slot_indices: Any, capacity: Any
) -> Arrays:
    """Check shapes, ranges and repeats; int32 indices and int64 pointers are taken without a copy.

    O(total length).
    """
    sp, hp = _pointers(student_indptr, "student_indptr"), _pointers(slot_indptr, "slot_indptr")
    si = _narrow(student_indices, "student_indices", below=len(hp) - 1)
    hi = _narrow(slot_indices, "slot_indices", below=len(sp) - 1)
    for indptr, indices, path in ((sp, si, "student"), (hp, hi, "slot")):
        if indptr[-1] != len(indices):
            raise ProblemError(f"{path}_indptr", f"ends at {indptr[-1]}, not at the {len(indices)} indices")
    places = _narrow(capacity, "capacity", below=_LARGEST)
    _refuse_outside(places, "capacity", below=_LARGEST)
    if len(places) != len(hp) - 1:
        raise ProblemError("capacity", f"{len(places)} entries for {len(hp) - 1} slots")
    _refuse_faults(sp, si, "student_indices", len(hp) - 1)
    _refuse_faults(hp, hi, "slot_indices", len(sp) - 1)
    return Arrays(*(_frozen(array) for array in (sp, si, hp, hi, places)))


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A read-only view: nothing is copied, so the caller must not change the arrays either."""
    view = array.view()
    view.flags.writeable = False
    return view


def _array(value: Any, path: str, dtype: type[np.signedinteger[Any]]) -> npt.NDArray[Any]:
    array = np.asarray(value)
    if array.ndim != 1:
        raise ProblemError(path, f"expected one dimension, not {array.ndim}")
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ProblemError(path, f"expected integers, not {array.dtype}")
    return np.ascontiguousarray(array, dtype=dtype) if array.size else np.empty(0, dtype)


def _pointers(value: Any, path: str) -> npt.NDArray[np.int64]:
    array = _array(value, path, np.int64)
    if not len(array) or array[0] != 0:
        raise ProblemError(path, "expected to begin with 0")
    if len(array) - 1 > _LARGEST:
        raise ProblemError(path, "more rows than 32 bits can number")
    if len(array) > 1 and (array[1:] < array[:-1]).any():
        raise ProblemError(path, "decreases")
    return array


def _narrow(value: Any, path: str, *, below: int) -> npt.NDArray[np.int32]:
    """As int32; what is wider is looked through first, for narrowing could hide that it is out of range."""
    wide = np.asarray(value)
    if wide.ndim == 1 and wide.dtype != np.int32 and np.issubdtype(wide.dtype, np.integer):
        _refuse_outside(wide, path, below=below)
    return _array(wide, path, np.int32)


def _refuse_outside(array: npt.NDArray[Any], path: str, *, below: int) -> None:
    if array.size:
        low, high = int(array.min()), int(array.max())
        if low < 0 or high >= below:
            raise ProblemError(path, f"expected 0 to {below - 1}, not {low if low < 0 else high}")


def _refuse_faults(
    indptr: npt.NDArray[np.int64], indices: npt.NDArray[np.int32], path: str, width: int
) -> None:
    longest = int((indptr[1:] - indptr[:-1]).max()) if len(indptr) > 1 else 0
    seen = np.full(seen_size(longest, width), -1, np.int32)
    if worthwhile(first_fault, len(indices)):
        found = compiled(first_fault)(indptr, indices, seen, width)
    else:
        found = first_fault(indptr.tolist(), indices.tolist(), seen.tolist(), width)
    if found >= 0:
        _refuse_outside(indices, path, below=width)
        row = int(np.searchsorted(indptr, found, side="right")) - 1
        raise ProblemError(f"{path}, row {row}", f"{indices[found]} is listed twice")


def entities(arrays: Arrays) -> Entities:
    """Spell the arrays out; identifiers are indices in decimal digits."""

    def tiers(indptr: list[int], indices: list[int], row: int) -> Tiers:
        return tuple((str(entry),) for entry in indices[indptr[row] : indptr[row + 1]])

    sp, si = arrays.student_indptr.tolist(), arrays.student_indices.tolist()
    hp, hi = arrays.slot_indptr.tolist(), arrays.slot_indices.tolist()
    capacity = arrays.capacity.tolist()
    return Entities(
        name="",
        students=tuple(Student(str(i), tiers(sp, si, i)) for i in range(arrays.n_students)),
        slots=tuple(Slot(str(j), capacity[j], preferences=tiers(hp, hi, j)) for j in range(arrays.n_slots)),
        facilities=(),
        couples=(),
        preassigned=(),
        ineligible=(),
        lottery=Lottery(ZERO_SEED, "single"),
    )
