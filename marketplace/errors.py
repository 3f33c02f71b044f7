"""Errors of the domain. An error carries fields; the sentence for the person is in the template.

Imports nothing of ours; every feature may import it.
"""

from __future__ import annotations


class DomainError(Exception):
    """A rule of the domain refuses what was asked. ``reason`` is a stable code, ``details`` its fields."""

    def __init__(self, reason: str, /, **details: object) -> None:
        super().__init__(reason, details)
        self.reason = reason
        self.details = details


class NotFound(DomainError):
    """There is no such object, or it belongs to someone else: the two look the same from outside."""

    def __init__(self, kind: str = "object", /, **details: object) -> None:
        super().__init__("not_found", kind=kind, **details)


class WrongPhase(DomainError):
    """The round is in a phase in which this can't be done."""

    def __init__(self, phase: str, /, **details: object) -> None:
        super().__init__("wrong_phase", phase=phase, **details)


class Conflict(DomainError):
    """Someone else was faster; nothing of this change was written."""
