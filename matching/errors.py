"""What can go wrong, as one tree of exceptions. Imports nothing of ours; everyone may import it.

An error carries fields (a path, a message), never a formatted page: whoever shows it chooses the words
around it."""

from __future__ import annotations

import json
from collections.abc import Sequence

_LONGEST_QUOTE = 80


class MatchingError(Exception):
    """Root of everything this package raises on purpose."""


class ProblemError(MatchingError, ValueError):
    """A problem that breaks the format.

    Attributes
    ----------
    path : str
        Where, as in ``students[3].preferences[0]``.
    message : str
        What, as in ``unknown slot "x"``.
    """

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(f"{path}: {message}")


class ResultError(ProblemError):
    """A result file that breaks its format, or that speaks of another problem's students and slots."""


class UnsupportedCombination(MatchingError, ValueError):
    """An objective was asked to take a feature that it does not take.

    Attributes
    ----------
    objective : str
    features : tuple of str
        The features of the problem that the objective refuses.
    """

    def __init__(self, objective: str, features: Sequence[str]) -> None:
        self.objective = objective
        self.features = tuple(features)
        super().__init__(f"unsupported combination: {objective} does not take {', '.join(features)}")


class InvalidMatching(MatchingError, ValueError):
    """An assignment that breaks a rule whatever anybody prefers: too many in a slot, an unacceptable pair, …

    Attributes
    ----------
    violations : tuple of str
        One sentence each, at least one.
    """

    def __init__(self, violations: Sequence[str]) -> None:
        self.violations = tuple(violations)
        super().__init__("; ".join(violations))


class NoneExists(MatchingError):
    """Proved: no matching of the kind asked for exists (strong and super stability)."""


def quoted(text: str) -> str:
    """Quote an identifier for an error line, which stays one line and printable whatever the file held.

    >>> print(quoted("x"), quoted("a\\nb"), quoted("\\ud800"))
    "x" "a\\nb" "\\ud800"
    """
    if len(text) > _LONGEST_QUOTE:
        text = text[:_LONGEST_QUOTE] + "…"
    return json.dumps(text, ensure_ascii=not text.isprintable())
