"""Errors of the domain. An error carries fields; the sentence for the person is in the template.

Imports nothing of ours; every feature may import it.
"""

from __future__ import annotations


class Refusal(Exception):
    """What was asked is not done. ``reason`` is a stable code, ``details`` its fields."""

    def __init__(self, reason: str, /, **details: object) -> None:
        super().__init__(reason, details)
        self.reason = reason
        self.details = details


class NotFound(Refusal):
    """There is no such object, or it belongs to someone else: the two look the same from outside.

    No DomainError: a page that says why a rule refused must not say it of what its reader can't see.
    """

    def __init__(self, kind: str = "object", /, **details: object) -> None:
        super().__init__("not_found", kind=kind, **details)


class DomainError(Refusal):
    """A rule of the domain refuses what was asked."""


class WrongPhase(DomainError):
    """The round is in a phase in which this can't be done."""

    def __init__(self, phase: str, /, **details: object) -> None:
        super().__init__("wrong_phase", phase=phase, **details)


class Conflict(DomainError):
    """Someone else was faster; nothing of this change was written."""
