"""Made-up schools and how their rounds go, day by day: what forecasts are held against.

Shares no code with the forecaster and knows things it doesn't: how good and how punctual each student is
(the weak are late, so that lists are not missing at random), what everybody prefers, how much a round's
mood shifts all of them. A fifth of the students change their list in the last two weeks. Seeded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from marketplace.forecasts.chances import AnswerPast, ListPast
from marketplace.forecasts.market import Market, Person, Place
from matching import Problem, solve

LATE_EDITS = 0.2
EDITABLE = 14.0
#: Applications close so many days before the lists.
CLOSED = 8.0


@dataclass
class Applicant:
    """A student: applications by day (days before the deadline), and the versions of the list."""

    programme: int
    quality: float
    applied: dict[int, float]
    versions: list[tuple[float, list[int]]] = field(default_factory=list)

    def standing(self, day: float) -> list[int]:
        return sorted(j for j, at in self.applied.items() if at >= day)

    def list_at(self, day: float) -> list[int] | None:
        found = [order for at, order in self.versions if at >= day]
        return found[-1] if found else None


@dataclass
class Host:
    """A slot: what it said at posting, when it answers (None: never), and its noisy view of people."""

    kind: str
    capacity: int
    popularity: float
    then_any: bool
    answers: float | None
    threshold: float
    levels: int
    view: list[float] = field(default_factory=list)


@dataclass
class Season:
    """One round as it really went."""

    seed: int
    people: list[Applicant]
    hosts: list[Host]

    def tiers(self, j: int, day: float) -> tuple[tuple[int, ...], ...] | None:
        """The slot's list as it stands so many days before the deadline: tiers by rounded opinion."""
        host = self.hosts[j]
        if host.answers is None or host.answers < day:
            return None
        levels: dict[int, list[int]] = {}
        for i, person in enumerate(self.people):
            if person.applied.get(j, -1.0) >= host.answers and host.view[i] >= host.threshold:
                levels.setdefault(-round(host.view[i] * host.levels), []).append(i)
        return tuple(tuple(levels[level]) for level in sorted(levels))

    def problem(self, day: float = 0.0) -> dict[str, object]:
        return {
            "format": "matching-problem/1",
            "students": [
                {"id": str(i), "preferences": [[str(j)] for j in person.list_at(day) or ()]}
                for i, person in enumerate(self.people)
            ],
            "slots": [
                {
                    "id": str(j),
                    "capacity": host.capacity,
                    "preferences": [[str(i) for i in tier] for tier in self.tiers(j, day) or ()],
                    "then_any": host.then_any,
                }
                for j, host in enumerate(self.hosts)
            ],
        }

    def outcome(self) -> list[int]:
        """The slot that each student got, -1 for none, under a lottery nobody foresaw."""
        drawn = Problem.from_dict(self.problem()).replace(seed=f"{self.seed + 1:064x}")
        result = solve(drawn).assignment
        slots = (result[str(i)] for i in range(len(self.people)))
        return [-1 if slot is None else int(slot) for slot in slots]

    def market(self, day: float) -> Market:
        """What the marketplace knows so many days before the deadline."""
        standing = [person.standing(day) for person in self.people]
        people = tuple(
            Person(
                i,
                person.programme,
                tuple(standing[i]),
                _tuple(person.list_at(day)),
                tuple(j for j in range(len(self.hosts)) if j not in standing[i]) if day > CLOSED else (),
            )
            for i, person in enumerate(self.people)
        )
        places = tuple(
            Place(
                j,
                host.kind,
                host.capacity,
                tuple(i for i, mine in enumerate(standing) if j in mine),
                self.tiers(j, day),
                host.then_any,
            )
            for j, host in enumerate(self.hosts)
        )
        bare = {
            "format": "matching-problem/1",
            "students": [{"id": str(i)} for i in range(len(self.people))],
            "slots": [{"id": str(j), "capacity": h.capacity} for j, h in enumerate(self.hosts)],
        }
        return Market(people, places, Problem.from_dict(bare))

    def past(self) -> tuple[list[ListPast], list[AnswerPast]]:
        """What a later round may learn from this one."""
        lists = [
            ListPast(
                p.programme,
                tuple(p.applied.values()),
                p.versions[0][0] if p.versions else None,
                p.versions[-1][0] if len(p.versions) > 1 else None,
            )
            for p in self.people
        ]
        answers = []
        for j, host in enumerate(self.hosts):
            came = [p.applied[j] for p in self.people if j in p.applied]
            if came:
                everybody = len(came)
                taken = everybody if host.then_any else sum(map(len, self.tiers(j, 0.0) or ()))
                answers.append(AnswerPast(max(came), host.answers, everybody, taken))
        return lists, answers


def _tuple(order: list[int] | None) -> tuple[int, ...] | None:
    return None if order is None else tuple(order)


def school(seed: int, rounds: int, *, students: int = 12, slots: int = 9) -> list[Season]:
    """The rounds of one school, oldest first: its programmes, punctuality and sites persist, people don't."""
    rng = Random(seed)
    punctual = [rng.gauss(0.6, 0.7) for _programme in range(2)]
    tightness = rng.uniform(0.75, 1.3)
    hosting = rng.uniform(0.4, 0.95)
    return [
        _season(Random(seed * 1_000 + number), punctual, tightness, hosting, students, slots)
        for number in range(rounds)
    ]


def _season(
    rng: Random, punctual: list[float], tightness: float, hosting: float, students: int, slots: int
) -> Season:
    mood = rng.gauss(0.0, 0.35)
    n, m = max(4, students + rng.randint(-3, 3)), max(3, slots + rng.randint(-2, 2))
    hosts = [_host(rng, hosting) for _ in range(m)]
    while sum(h.capacity for h in hosts) > tightness * n and any(h.capacity > 1 for h in hosts):
        rng.choice([h for h in hosts if h.capacity > 1]).capacity -= 1
    people = [_applicant(rng, hosts, punctual, mood) for _ in range(n)]
    for host in hosts:
        host.view = [p.quality * 0.6 + rng.gauss(0, 0.8) for p in people]
    return Season(rng.getrandbits(60), people, hosts)


def _host(rng: Random, hosting: float) -> Host:
    answers = min(20.0, rng.expovariate(1 / 6.0)) if rng.random() < hosting else None
    return Host(
        kind=rng.choice(("hospital", "clinic", "payer")),
        capacity=rng.choice((1, 1, 2, 2, 3)),
        popularity=rng.gauss(0, 0.7),
        then_any=rng.random() < 0.7,
        answers=answers,
        threshold=rng.uniform(-2.2, -0.6),
        levels=rng.choice((1, 1, 3)),
    )


def _applicant(rng: Random, hosts: list[Host], punctual: list[float], mood: float) -> Applicant:
    programme = rng.randrange(len(punctual))
    quality = rng.gauss(0, 1)
    likes = [host.popularity + rng.gauss(0, 1) for host in hosts]
    wanted = sorted(range(len(hosts)), key=lambda j: -likes[j] + rng.gauss(0, 0.6))
    applied = {
        j: (rng.uniform(15, 25) if rng.random() < 0.85 else rng.uniform(8, 14))
        for j in wanted[: rng.randint(2, 6)]
    }
    person = Applicant(programme, quality, applied)
    # Weak students are later, and some never certify: lists are not missing at random.
    care = punctual[programme] + mood + 0.6 * quality + rng.gauss(0, 0.8)
    if care < -0.7:
        return person
    first = min(max(0.01, rng.expovariate(1.0) * 5.0 * (1.6 if care > 0.8 else 0.6)), 20.0)
    moments = [(first, 0.3)]
    # Who applies after certifying mostly certifies anew; and a fifth change their mind late.
    moments += [(at, 0.3) for at in applied.values() if at < first and rng.random() < 0.8]
    if first > 1 and rng.random() < LATE_EDITS:
        moments.append((rng.uniform(0, min(first, EDITABLE)), 1.0))
    for at, doubt in sorted(moments, reverse=True):
        order = _order(rng, {j for j, since in applied.items() if since >= at}, likes, doubt)
        if order:
            person.versions.append((at, order))
    return person


def _order(rng: Random, applied: set[int], likes: list[float], doubt: float) -> list[int]:
    """A list: by taste as it is that day, now and then without the application liked least."""
    order = sorted(applied, key=lambda j: -likes[j] + rng.gauss(0, doubt))
    return order[:-1] if len(order) > 2 and rng.random() < 0.25 else order
