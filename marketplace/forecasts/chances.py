"""How likely what is not settled tonight settles which way, learned from a school's earlier rounds. Pure.

Five things are open until the deadline: whether a student without a list certifies one, whether a list in
force is changed, how many more slots a student applies to, whether a silent slot answers, and how many of its
applicants an answer takes in. They are seen in earlier rounds among those who stood there as many days before
the deadline, and smoothed by a prior that counts as a few earlier cases: shares by a Beta distribution,
further applications by cases as they were. A programme's own share of late lists is pulled towards the
school's.

The priors are judgements, for a school's first rounds; they fade as cases come in. A student without a list
certifies one in the end with 9 in 10 long before the deadline, with 3 in 10 on the last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

#: How many earlier cases a prior counts as.
PRIOR_CASES = 6.0
#: And the school's share, for one programme.
SCHOOL_CASES = 12.0
#: Rounds differ by more than chance: however many cases there were, a draw is as wide as after this many.
MOST_CASES = 25.0

#: Students with one application, with two and with more apply further each in their own way.
FEW = 3
#: How many more slots were applied to, before any case was seen.
FURTHER = (0, 0, 0, 0, 1, 1)


class Share(NamedTuple):
    """A Beta distribution: a mean, and the number of cases that it rests on."""

    mean: float
    cases: float

    def after(self, times: int, of: int) -> Share:
        """The share once it was seen `times` in `of` further cases.

        >>> Share(0.5, 4).after(4, 4)
        Share(mean=0.75, cases=8)
        """
        if not of:
            return self
        cases = self.cases + of
        return Share((self.mean * self.cases + times) / cases, cases)

    def drawn(self, rng: Random) -> float:
        """The share of one draw."""
        cases = min(self.cases, MOST_CASES)
        alpha, beta = self.mean * cases, (1 - self.mean) * cases
        return rng.betavariate(alpha, beta) if alpha > 0 and beta > 0 else self.mean


_EVEN, _SELDOM, _MOSTLY = (Share(mean, PRIOR_CASES) for mean in (0.5, 0.2, 0.85))


@dataclass(frozen=True, slots=True)
class ListPast:
    """A student's list in an earlier round, by days before its deadline.

    ``applied``: when each application was made; ``began``: when a list first counted, None if none ever did;
    ``changed``: when it was last changed.
    """

    programme_id: int
    applied: tuple[float, ...]
    began: float | None = None
    changed: float | None = None


@dataclass(frozen=True, slots=True)
class AnswerPast:
    """A slot of an earlier round: when its first applicant came, when it first answered, whom it took in."""

    asked: float
    began: float | None = None
    applicants: int = 0
    accepted: int = 0


@dataclass(frozen=True)
class Chances:
    """The shares for one night. ``submits`` by programme; ``others`` is for programmes not in it.

    ``further``: cases of how many more slots were applied to, by students with one application, with two and
    with more; empty once applications are closed.
    """

    submits: Mapping[int, Share] = field(default_factory=dict)
    others: Share = _EVEN
    edits: Share = _SELDOM
    further: tuple[tuple[int, ...], ...] = ()
    answers: Share = _EVEN
    accepts: Share = _MOSTLY


def prior(days_left: float, *, applying: bool = False) -> Chances:
    """What is expected before a school's first round; `applying` while applications are open."""
    far = days_left / (days_left + 5)
    return Chances(
        further=(FURTHER,) * FEW if applying else (),
        others=Share(0.2 + 0.75 * far, PRIOR_CASES),
        edits=Share(0.2 * min(1.0, 0.3 + days_left / 10), PRIOR_CASES),
        answers=Share(0.1 + 0.7 * far, PRIOR_CASES),
    )


def learn(
    lists: Iterable[ListPast], answers: Iterable[AnswerPast], days_left: float, *, applying: bool = False
) -> Chances:
    """The shares so many days before a deadline, given how earlier rounds went from that day on.

    ``accepts`` is seen in all answers: it doesn't depend on the day.
    """
    start = prior(days_left, applying=applying)
    stood = [past for past in lists if max(past.applied, default=-1.0) >= days_left]
    silent = [past for past in stood if past.began is None or past.began < days_left]
    listed = [p for p in stood if p.began is not None and p.began >= days_left and not _later(p, days_left)]
    school = start.others.after(sum(past.began is not None for past in silent), len(silent))
    known = list(answers)
    waiting = [p for p in known if p.asked >= days_left and (p.began is None or p.began < days_left)]
    answered = [past for past in known if past.began is not None]
    return Chances(
        submits=_by_programme(silent, school),
        others=school,
        edits=start.edits.after(sum(_changed(past, days_left) for past in listed), len(listed)),
        further=tuple(
            cases + _further(stood, number, days_left) for number, cases in enumerate(start.further, 1)
        ),
        answers=start.answers.after(sum(past.began is not None for past in waiting), len(waiting)),
        accepts=start.accepts.after(sum(p.accepted for p in answered), sum(p.applicants for p in answered)),
    )


def _further(stood: Iterable[ListPast], number: int, days_left: float) -> tuple[int, ...]:
    """How many more slots each student applied to who had so many applications on the day."""
    later = ((past, _later(past, days_left)) for past in stood)
    return tuple(more for past, more in later if min(len(past.applied) - more, FEW) == number)


def _later(past: ListPast, days_left: float) -> int:
    return sum(at < days_left for at in past.applied)


def _by_programme(silent: Iterable[ListPast], school: Share) -> dict[int, Share]:
    """A programme's share of those without a list who certified one, pulled towards the school's."""
    counts: dict[int, tuple[int, int]] = {}
    for past in silent:
        times, of = counts.get(past.programme_id, (0, 0))
        counts[past.programme_id] = times + (past.began is not None), of + 1
    start = Share(school.mean, SCHOOL_CASES)
    return {programme: start.after(*seen) for programme, seen in sorted(counts.items())}


def _changed(past: ListPast, days_left: float) -> bool:
    return past.changed is not None and past.changed < days_left
