"""What an import would do, row by row, before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from flask_babel import LazyString

from marketplace.access import Actor
from marketplace.cells import Problem, Row
from marketplace.imports.models import UploadKind
from marketplace.tables import Checked, Key, Layout, Values


class Act(StrEnum):
    """What happens to a row. Kept: it stands already and is no longer the file's to change."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Step:
    """One row: ``what`` names it, ``said`` is each thing that happens to it; ``how``, ``values`` and
    ``target`` (an id) are for whoever writes it."""

    line: int
    act: Act
    what: str
    said: tuple[str, ...] = ()
    how: str = ""
    values: Values = field(default_factory=dict)
    target: int | None = None


@dataclass(slots=True)
class Plan:
    """The whole file. While there are problems nothing can be written."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    doubtful: dict[str, str] = field(default_factory=dict)
    rows: int = 0

    def of(self, act: Act) -> list[Step]:
        """The steps of one kind."""
        return [step for step in self.steps if step.act is act]

    @property
    def writes(self) -> list[Step]:
        """The steps that change something."""
        return self.of(Act.NEW) + self.of(Act.CHANGED)

    @property
    def seal(self) -> str:
        """A digest of what is shown: confirming counts only for that."""
        shown = [
            (step.line, step.act.value, step.what, step.said, step.how, step.target) for step in self.steps
        ]
        return hashlib.sha256(repr(shown).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of file: how it reads, what it would do, how that is done, and an example to download."""

    kind: UploadKind
    layout: Layout
    parse: Callable[[Row], Values]
    key: Key
    plan: Callable[[Actor, Checked, datetime], Plan]
    write: Callable[[Actor, Plan, str, datetime], None]
    example: tuple[tuple[str, ...], ...]
    hints: tuple[tuple[str, bool, LazyString], ...]
