"""Are the forecasts good? Over many made-up rounds: Brier scores beside baselines, and calibration by tenths.

    PYTHONPATH=. python -m tests.forecasts.evidence [--schools 220] [--draws 150] [--seeds both]

Every school has eight rounds; the first three are only learned from, the other five forecast 14, 7 and 1 days
before the deadline with what the school's earlier rounds taught. The baselines: the share that came true in
this very round (known only afterwards, so a hard one), and tonight's lists, without anything still to come.

The forecaster's priors were chosen while looking at the schools from seed 0 on (`tuned`). The schools from
`HELD_OUT` on were never looked at for that, and never may be: they say whether it holds elsewhere.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field

from marketplace.forecasts.chances import AnswerPast, ListPast, learn
from marketplace.forecasts.scoring import Bin, Verified, bins, brier
from marketplace.forecasts.simulation import simulate
from tests.forecasts.seasons import CLOSED, Season, school

HORIZONS = (14, 7, 1)
ROUNDS, LEARNED = 8, 3
LEAST = 200
#: The first seed of the schools that nothing was tuned on.
HELD_OUT = 10_000
SEEDS = {"tuned": 0, "held-out": HELD_OUT}


@dataclass
class Evidence:
    """Forecasts of one horizon with their baselines, of students or of slots."""

    forecast: list[Verified] = field(default_factory=list)
    today: list[Verified] = field(default_factory=list)
    base: list[Verified] = field(default_factory=list)

    @property
    def scores(self) -> tuple[float, float, float]:
        """The Brier score, that of tonight's lists, and that of the base rate."""
        return brier(self.forecast), brier(self.today), brier(self.base)

    @property
    def judged(self) -> list[Bin]:
        """The tenths with enough forecasts to judge."""
        return [each for each in bins(self.forecast) if each.count >= LEAST]

    def add(self, said: list[float], today: list[float], came: list[bool], group: int) -> None:
        share = sum(came) / max(1, len(came))
        for p, q, y in zip(said, today, came, strict=True):
            self.forecast.append(Verified(p, y, group))
            self.today.append(Verified(q, y, group))
            self.base.append(Verified(share, y, group))


Found = dict[tuple[str, int], Evidence]


def collect(*, schools: int, draws: int, first: int = 0) -> Found:
    """The evidence by (students or slots, days before the deadline)."""
    found: Found = {(who, day): Evidence() for who in ("students", "slots") for day in HORIZONS}
    for number in range(first, first + schools):
        seasons = school(number, ROUNDS)
        for k in range(LEARNED, ROUNDS):
            lists, answers = _pasts(seasons[:k])
            for day in HORIZONS:
                chances = learn(lists, answers, day, applying=day > CLOSED)
                _forecast(seasons[k], day, chances, draws, number * ROUNDS + k, found)
    return found


def _pasts(seasons: list[Season]) -> tuple[list[ListPast], list[AnswerPast]]:
    pasts = [season.past() for season in seasons]
    return [p for lists, _ in pasts for p in lists], [p for _, answers in pasts for p in answers]


def _forecast(season: Season, day: int, chances: object, draws: int, group: int, found: Found) -> None:
    market, outcome = season.market(day), season.outcome()
    said = simulate(market, chances, draws=draws, seed=f"{group}-{day}")  # type: ignore[arg-type]
    today = simulate(market, None, draws=max(20, draws // 3), seed=f"{group}-{day}-today")
    people = [i for i, person in enumerate(market.people) if person.applied]
    found["students", day].add(
        [said.placed[i] / said.draws for i in people],
        [today.placed[i] / today.draws for i in people],
        [outcome[i] >= 0 for i in people],
        group,
    )
    found["slots", day].add(
        [n / said.draws for n in said.full],
        [n / today.draws for n in today.full],
        [outcome.count(j) >= place.capacity for j, place in enumerate(market.places)],
        group,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=220)
    parser.add_argument("--draws", type=int, default=150)
    parser.add_argument("--seeds", choices=(*SEEDS, "both"), default="both")
    given = parser.parse_args()
    for name in SEEDS if given.seeds == "both" else (given.seeds,):
        began = time.process_time()
        found = collect(schools=given.schools, draws=given.draws, first=SEEDS[name])
        rounds, spent = given.schools * (ROUNDS - LEARNED), time.process_time() - began
        print(f"\n{name}: {rounds} rounds, {given.draws} draws each, {spent:.0f} s of processor time")
        for (who, day), evidence in found.items():
            _print(who, day, evidence)


def _print(who: str, day: int, evidence: Evidence) -> None:
    mine, today, base = evidence.scores
    print(f"\n{who}, {day} days before: {len(evidence.forecast)} forecasts")
    print(f"  Brier {mine:.4f}   tonight's lists {today:.4f}   base rate in hindsight {base:.4f}")
    for each in evidence.judged:
        off = 100 * (each.came - each.said)
        print(
            f"  {each.low:.1f}: {each.count:6d} said {each.said:.3f} came {each.came:.3f}"
            f"  off {off:+5.1f} ± {100 * each.margin:.1f}  {'' if each.holds else 'OUTSIDE'}"
        )


if __name__ == "__main__":
    main()
