"""One page of a long list. Imports nothing of ours; every feature may import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items of page `number` (from 1). ``total`` is counted up to a bound; beyond it, ``bounded`` is set."""

    items: list[T]
    number: int
    size: int
    total: int
    bounded: bool = False

    @property
    def pages(self) -> int:
        """How many pages the counted items fill."""
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        """Whether another page follows; of an uncounted rest, a full page says so."""
        return self.number < self.pages or (self.bounded and len(self.items) == self.size)


def page_number(text: str | None, *, most: int = 400) -> int:
    """The page asked for in an address, 1 where it makes no sense."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        return 1
    return min(max(int(text), 1), most)
