"""Closed lists with labels, whose retired entries stay readable. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import LazyString


@dataclass(frozen=True)
class Entry:
    """One entry of a list: its stored code, its label, and whether it is still offered."""

    code: str
    label: LazyString | str
    active: bool = True


class Vocabulary(tuple[Entry, ...]):
    """An ordered list of entries."""

    def choices(self, keep: Iterable[str] = ()) -> list[tuple[str, str]]:
        """(code, label) of the active entries, and of those in `keep` whether active or not."""
        kept = set(keep)
        return [(e.code, str(e.label)) for e in self if e.active or e.code in kept]

    def label(self, code: str) -> str:
        """The label of `code`; an unknown code is its own label."""
        return next((str(e.label) for e in self if e.code == code), code)

    def labels(self, codes: Iterable[str]) -> list[str]:
        """The labels of `codes`, in the list's own order; unknown codes last."""
        wanted = list(codes)
        known = [str(e.label) for e in self if e.code in wanted]
        return known + [code for code in wanted if code not in self.codes()]

    def codes(self) -> frozenset[str]:
        """Every code, retired ones included."""
        return frozenset(e.code for e in self)
