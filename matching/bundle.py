"""Check an auditors' bundle with the standard library alone: one file, to be read before it is believed.

    python -m matching verify-bundle FILE [--commitment HEX] [--root HEX] [--problem HEX]
                                               [--contribution TEXT] [--decided HEX]
    python bundle.py FILE ...                      the same, with nothing else of this package

It imports nothing of the package and shares no line with its solver. The options are what was published
while the round ran; a bundle can only agree with itself, so take them from your own mail or notes.

A bundle, ``matching-bundle/1``, is one JSON object:

``commitment``    SHA-256 of the draw key's 32 bytes, public since recruiting
``draw_key``      64 hexadecimal digits, revealed at release
``contribution``  text from the public source that the rules name; "" without one
``leaves``        digests of all lists, sorted; ``root``: H(0x24, leaf, leaf, …)
``openings``      for each list ``{"kind": "student" | "slot" | "facility", "owner", "salt", "tiers",
                  "then_any", "left_out"}``; its leaf is H(0x23, salt, owner, canonical), where canonical is
                  the JSON of ``[tiers with sorted names, then_any]`` without spaces. ``left_out`` names what
                  the list has and the sealed problem has not: who withdrew or has no standing application
``problem``       the sealed ``matching-problem/1``, lottery included; ``problem_sha256`` its digest
``lottery``       each student's number, 64 hexadecimal digits; empty where each slot draws its own
``corrections``   what was corrected in the sealed problem before the run that was released, in order; empty
                  unless that run superseded another: ``{"kind", "student", "slot"}``, where kind says that
                  a student or a slot was gone, or that a pair was not eligible, or was.
                  Of a couple one of whom is gone the other is single, with their list in ``apart`` if
                  there is one; a couple's pairs that name a slot that is gone go
``decided_sha256``  the digest of the problem so corrected, on which the result is
``result``        the ``matching-result/1`` that was released
``earlier``       with couples: the steps before it, each ``{"split": couples, "result"}``; may be left out

A couple opens ``{"kind": "couple", "owner", "salt", "members", "pairs", "apart", "left_out"}``, canonical
being ``[members, pairs, apart]``. ``apart``: both asked to be processed separately if no pair works. Where
any did, one more leaf, ``{"kind": "apart", "owner": "apart", "salt", "lists"}``, canonical being ``lists``,
holds what is left of their members' own lists, by couple and member. After a step in which such a couple got
no place it is split: in the next step its members are single with these lists.

With couples nothing here says that no matching has fewer blocking pairs: finding one is hard. It says that
the matching is allowed, and that exactly the declared pairs block it.

H(tag, parts…) is SHA-256 over the tag byte and the parts, each after its length in four bytes, big-endian.
The seed of the draw is H(0x20, root, draw_key, contribution); a draw puts the seed's 32 bytes first: 0x00 and
a student is their number, 0x02, slot, student the number at one slot, 0x01, student, slot breaks ties in a
student's own list, 0x03 and a slot says which of several slots closes first. Smaller comes first.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

Json = Any  # what json.loads gives
Pair = tuple[str, str]  # student, slot
Place = tuple[int, str]  # tier, then the lottery number


# What was published while the round ran: the option that says it, and its key in the bundle.
ANCHORS = {
    "--commitment": "commitment",
    "--root": "root",
    "--problem": "problem_sha256",
    "--contribution": "contribution",
    "--decided": "decided_sha256",
}


class Unreadable(Exception):
    """Not a bundle, or one with parts that this program does not judge."""


def h(tag: int, *parts: str, seed: str = "") -> str:
    data = bytes.fromhex(seed) + bytes([tag])
    for part in parts:
        raw = part.encode()
        data += len(raw).to_bytes(4, "big") + raw
    return hashlib.sha256(data).hexdigest()


def compact(value: Json, *, ascii_only: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ascii_only, sort_keys=True, separators=(",", ":"))


# The sealed problem -----------------------------------------------------------------------------------------


def normalised(problem: Json) -> str:
    """The one spelling that the digest is over: defaults written, entities and tiers sorted, no lottery."""

    def holder(entry: Json, **more: Json) -> Json:
        quotas = {"quotas": entry["quotas"]} if "quotas" in entry else {}
        tiers = [sorted(tier) for tier in entry.get("preferences", [])]
        common = {"id": entry["id"], "capacity": entry.get("capacity", 1), "preferences": tiers}
        return {**common, "then_any": entry.get("then_any", False), **quotas, **more}

    def by_id(entries: list[Json]) -> list[Json]:
        return sorted(entries, key=lambda entry: str(entry["id"]))

    students = [
        {
            "id": entry["id"],
            "preferences": [sorted(tier) for tier in entry.get("preferences", [])],
            "types": entry.get("types", {}),
        }
        for entry in problem["students"]
    ]
    slots = [holder(entry, minimum=entry.get("minimum", 0)) for entry in problem["slots"]]
    owners = [holder(entry, slots=sorted(entry["slots"])) for entry in problem.get("facilities", [])]
    return compact(
        {
            "format": problem["format"],
            "students": by_id(students),
            "slots": by_id(slots),
            "facilities": by_id(owners),
            "couples": by_id(problem.get("couples", [])),
            "preassigned": sorted(problem.get("preassigned", [])),
            "ineligible": sorted(problem.get("ineligible", [])),
        }
    )


def corrected(problem: Json, corrections: Json, own: Json) -> Json:
    """The problem that was decided on: the sealed one with each correction made, in order."""
    for one in corrections:
        kind, student, slot = one["kind"], one["student"], one["slot"]
        if kind in ("student_gone", "slot_gone"):
            gone = student if kind == "student_gone" else slot
            problem = _without(problem, "students" if kind == "student_gone" else "slots", gone, own)
            continue
        _expect(kind in ("eligible", "not_eligible"), f"an unknown correction: {kind}")
        left = [entry for entry in problem.get("ineligible", []) if entry[:2] != [student, slot]]
        barred = [[student, slot, "corrected"]] if kind == "not_eligible" else []
        _expect((len(left) == len(problem.get("ineligible", []))) == bool(barred), "a correction of nothing")
        problem = {**problem, "ineligible": left + barred}
    return problem


def _without(problem: Json, side: str, gone: str, own: Json) -> Json:
    """Nobody of this name, on no list, in no pair and in no couple."""
    _expect(any(entry["id"] == gone for entry in problem[side]), f"a correction drops {gone}, unknown")
    partners = "slots" if side == "students" else "students"
    place = 0 if side == "students" else 1

    def unlisted(entry: Json) -> Json:
        tiers = [[name for name in tier if name != gone] for tier in entry.get("preferences", [])]
        return {**entry, "preferences": [tier for tier in tiers if tier]}

    found = {
        **problem,
        side: [entry for entry in problem[side] if entry["id"] != gone],
        partners: [unlisted(entry) for entry in problem[partners]],
    }
    for key in ("ineligible", "preassigned"):
        found[key] = [entry for entry in problem.get(key, []) if entry[place] != gone]
    couples = problem.get("couples", [])
    if side == "slots":
        found["couples"] = [
            {**one, "preferences": [pair for pair in one["preferences"] if gone not in pair]}
            for one in couples
        ]
        return found
    found["couples"] = [one for one in couples if gone not in one["members"]]
    ended = [one["id"] for one in couples if gone in one["members"]]
    return _single(found, ended, {couple: own.get(couple, {}) for couple in ended})


def _single(problem: Json, couples: list[str], own: Json) -> Json:
    """These couples are none any more; their members have their own lists of the slots there still are."""
    open_ = {entry["id"] for entry in problem["slots"]}  # a correction may have taken one out
    lists = {
        name: [kept for tier in tiers if (kept := [slot for slot in tier if slot in open_])]
        for couple in couples
        for name, tiers in own[couple].items()
    }
    students = [
        {**entry, "preferences": lists.get(entry["id"], entry.get("preferences", []))}
        for entry in problem["students"]
    ]
    kept = [entry for entry in problem["couples"] if entry["id"] not in couples]
    return {**problem, "students": students, "couples": kept}


def steps_of(bundle: Json) -> Iterator[tuple[Json, Json, list[str] | None]]:
    """(problem, result, the couples split after it) of each step; None after the last."""
    own = own_lists(bundle)
    problem = corrected(bundle["problem"], bundle["corrections"], own)
    for step in bundle.get("earlier", []):
        yield problem, step["result"], step["split"]
        _expect(set(step["split"]) <= own.keys(), "a couple is split that did not ask for it")
        problem = _single(problem, step["split"], own)
    yield problem, bundle["result"], None


def own_lists(bundle: Json) -> Json:
    """The own lists of the members of each couple that may be split."""
    return next((one["lists"] for one in bundle["openings"] if one["kind"] == "apart"), {})


class Market:
    """The problem after the draw: who accepts whom, in which strict order, within which bounds."""

    def __init__(self, problem: Json, seed: str) -> None:
        self.seed = seed
        self.multiple = problem.get("lottery", {}).get("mode", "single") == "multiple"
        self.types = {entry["id"]: entry.get("types", {}) for entry in problem["students"]}
        self.slots = {entry["id"]: entry for entry in problem["slots"]}
        self.facilities = problem.get("facilities", [])
        self.owner = {slot: entry for entry in self.facilities for slot in entry["slots"]}
        self.fixed: dict[str, str] = dict(problem.get("preassigned", []))
        self.barred = {(student, slot) for student, slot, _ in problem.get("ineligible", [])}
        self.couples = problem.get("couples", [])
        self.tiers = {entry["id"]: entry.get("preferences", []) for entry in problem["students"]}
        self.order = {pair: place for pair in self._pairs() if (place := self._place(*pair)) is not None}
        self.wishes = {name: self._wishes(name) for name in self.tiers}

    def _pairs(self) -> Iterator[Pair]:
        """Every pair that a student lists or that is preassigned."""
        for student, tiers in self.tiers.items():
            for tier in tiers:
                for slot in tier:
                    yield student, slot
        yield from self.fixed.items()
        for couple in self.couples:
            for pair in couple["preferences"]:
                yield from coming(couple, pair)

    def _wishes(self, student: str) -> list[str]:
        """The slots that this student and that accept each other, best first."""
        return [
            slot
            for tier in self.tiers[student]
            for slot in sorted(tier, key=lambda slot: h(1, student, slot, seed=self.seed))
            if (student, slot) in self.order
        ]

    def _place(self, student: str, slot: str) -> Place | None:
        """Where the student stands in the slot's strict order, smaller is better; None if it refuses them."""
        if student in self.fixed:
            return -1, ""
        holder = self.owner.get(slot, self.slots[slot])
        tiers = holder.get("preferences", [])
        inside = [place for place, tier in enumerate(tiers) if student in tier]
        if (student, slot) in self.barred or not (inside or holder.get("then_any", False)):
            return None
        draw = h(2, holder["id"], student, seed=self.seed) if self.multiple else h(0, student, seed=self.seed)
        return (inside or [len(tiers)])[0], draw

    def bounds(self, student: str, slot: str) -> Iterator[tuple[tuple[str, ...], int]]:
        """Everything that one more student at the slot counts towards, with its maximum."""
        holders = [("slot", self.slots[slot])]
        if slot in self.owner:
            holders.append(("facility", self.owner[slot]))
        for kind, holder in holders:
            yield (kind, holder["id"]), holder.get("capacity", 1)
            quotas = holder.get("quotas")
            if quotas:
                value = self.types[student][quotas["type"]]
                if value in quotas["maximum"]:
                    yield (kind, holder["id"], quotas["type"], value), quotas["maximum"][value]

    def choice(self, pairs: list[Pair]) -> list[Pair]:
        """What slots that choose together take of these: one by one in their order, within all bounds."""
        filled: Counter[tuple[str, ...]] = Counter()
        taken = []
        for pair in sorted(pairs, key=lambda pair: (self.order[pair], pair)):
            bounds = list(self.bounds(*pair))
            if all(filled[key] < maximum for key, maximum in bounds):
                taken.append(pair)
                filled.update(key for key, _ in bounds)
        return taken

    def together(self, slot: str) -> list[str]:
        """The slots that choose together with this one: its facility's, or itself alone."""
        return list(self.owner[slot]["slots"]) if slot in self.owner else [slot]

    def best_for_students(self, closed: set[str]) -> dict[str, str | None]:
        """Everybody asks down their list; at each question slots choose again, and keep whom they choose."""
        asked: dict[str, list[Pair]] = {slot: [] for slot in self.slots}
        for student, slot in self.fixed.items():
            asked[slot].append((student, slot))
        placed: dict[str, str | None] = {name: self.fixed.get(name) for name in self.wishes}
        left = {name: [slot for slot in self.wishes[name] if slot not in closed] for name in self.wishes}
        free = [name for name in sorted(placed) if placed[name] is None]
        while free:
            student = free.pop()
            if not left[student]:
                continue
            slot = left[student].pop(0)
            group = self.together(slot)
            asked[slot].append((student, slot))
            chosen = self.choice([pair for name in group for pair in asked[name]])
            placed[student] = slot
            for name in group:
                for gone in set(asked[name]).difference(chosen):
                    asked[name].remove(gone)
                    placed[gone[0]] = None
                    free.append(gone[0])
        return placed

    def after_closures(self) -> tuple[dict[str, str | None], list[Json]]:
        """The same, after the slots below their minimum have closed one by one, the emptiest first."""
        closed: list[Json] = []
        while True:
            placed = self.best_for_students({entry["slot"] for entry in closed})
            filled = Counter(slot for slot in placed.values() if slot is not None)
            short = [
                {"slot": name, "minimum": slot["minimum"], "had": filled[name]}
                for name, slot in self.slots.items()
                if filled[name] < slot.get("minimum", 0)
            ]
            kept = self.fixed.values()
            can_close = [entry for entry in short if entry["had"] and entry["slot"] not in kept]
            if not can_close:
                gone = {entry["slot"] for entry in closed}
                empty = [entry for entry in short if not entry["had"] and entry["slot"] not in gone]
                return placed, closed + sorted(empty, key=lambda entry: str(entry["slot"]))
            closed.append(min(can_close, key=self._emptiest))

    def _emptiest(self, entry: Json) -> tuple[Fraction, str]:
        return Fraction(entry["had"], entry["minimum"]), h(3, entry["slot"], seed=self.seed)


def coming(couple: Json, pair: Json) -> list[Pair]:
    """Who would be where at this pair of slots; null: unplaced."""
    return [(name, slot) for name, slot in zip(couple["members"], pair, strict=True) if slot is not None]


# The checks -------------------------------------------------------------------------------------------------


def check_published(bundle: Json, published: Mapping[str, str]) -> Iterator[str]:
    """The bundle is about the round whose digests were published while it ran."""
    for key, value in published.items():
        if bundle[key] != value:
            yield f"{key} is {bundle[key]}, but {value} was published"


def check_digest(bundle: Json) -> Iterator[str]:
    """The sealed problem is the one that was sealed, and the result is about it."""
    decided = corrected(bundle["problem"], bundle["corrections"], own_lists(bundle))
    found = [
        ("problem_sha256", bundle["problem_sha256"], bundle["problem"]),
        ("decided_sha256", bundle["decided_sha256"], decided),
    ]
    for problem, result, _split in steps_of(bundle):
        found.append(("problem_sha256 of the result", result["problem_sha256"], problem))
    for name, claimed, problem in found:
        digest = hashlib.sha256(normalised(problem).encode()).hexdigest()
        if claimed != digest:
            yield f"{name} is {claimed}, but the problem's digest is {digest}"


def check_leaves(bundle: Json) -> Iterator[str]:
    """Every list is one that its owner certified: it opens a leaf, and the root holds all leaves."""
    found = []
    certified: dict[Pair, Json] = {}
    for opening in bundle["openings"]:
        found.append(h(0x23, opening["salt"], opening["owner"], compact(_opened(opening), ascii_only=True)))
        certified[opening["kind"], opening["owner"]] = opening
    if len(certified) != len(found):
        yield "somebody has two openings"
    if sum(kind == "apart" for kind, _owner in certified) > 1:
        yield "own lists of couples are opened twice"
    if sorted(found) != sorted(bundle["leaves"]):
        yield "the openings do not give the leaves"
    if h(0x24, *sorted(bundle["leaves"])) != bundle["root"]:
        yield "the leaves do not give the root"
    problem = bundle["problem"]
    yield from _compare_couples(problem, certified, own_lists(bundle))
    certified = {key: one for key, one in certified.items() if key[0] not in ("couple", "apart")}
    sides = {"student": "students", "slot": "slots", "facility": "facilities"}
    entries = {(kind, entry["id"]): entry for kind, side in sides.items() for entry in problem.get(side, [])}
    for lists in own_lists(bundle).values():
        for name, tiers in lists.items():
            entries["student", name] = {"id": name, "preferences": tiers}
    for key, entry in entries.items():
        if key in certified:
            yield from _compare(key, entry, certified[key])
        elif entry.get("preferences"):
            yield f"{key[0]} {key[1]} has a list in the problem that no opening backs"
    for kind, owner in certified.keys() - entries.keys():
        yield f"{kind} {owner} certified a list and is not in the problem"


def _opened(opening: Json) -> Json:
    """What the digest of a list is made of."""
    if opening["kind"] == "couple":
        return [opening["members"], opening["pairs"], opening["apart"]]
    if opening["kind"] == "apart":
        return opening["lists"]
    return [[sorted(tier) for tier in opening["tiers"]], opening["then_any"]]


def _compare_couples(problem: Json, certified: Mapping[Pair, Json], own: Json) -> Iterator[str]:
    couples = {entry["id"]: entry for entry in problem.get("couples", [])}
    opened = {owner: one for (kind, owner), one in certified.items() if kind == "couple"}
    for name in couples.keys() ^ opened.keys():
        yield f"couple {name} is in the problem or among the openings, but not in both"
    for name in couples.keys() & opened.keys():
        one = opened[name]
        kept = [pair for pair in one["pairs"] if pair not in one["left_out"]]
        if couples[name]["members"] != one["members"] or couples[name]["preferences"] != kept:
            yield f"the list of couple {name} is not the one that was certified"
        if one["apart"] != (name in own) or set(own.get(name, one["members"])) != set(one["members"]):
            yield f"couple {name} did not ask for what the own lists of its members are kept for"
    for name in own.keys() - couples.keys():
        yield f"own lists of {name}, which is no couple"


def _compare(key: Pair, entry: Json, opening: Json) -> Iterator[str]:
    gone = set(opening["left_out"])
    kept = [sorted(set(tier) - gone) for tier in opening["tiers"]]
    if [sorted(tier) for tier in entry.get("preferences", [])] != [tier for tier in kept if tier]:
        yield f"the list of {key[0]} {key[1]} is not the one that was certified"
    if key[0] != "student" and entry.get("then_any", False) != opening["then_any"]:
        yield f"then_any of {key[0]} {key[1]} is not as certified"


def check_lottery(bundle: Json) -> Iterator[str]:
    """Nobody chose the draw: the key was committed to, the seed hangs on it and on every list."""
    if hashlib.sha256(bytes.fromhex(bundle["draw_key"])).hexdigest() != bundle["commitment"]:
        yield "the draw key is not the one that was committed to"
    seed = derived_seed(bundle)
    mode = bundle["problem"].get("lottery", {}).get("mode", "single")
    parts = [("problem", bundle["problem"]), *(("result", result) for _, result, _ in steps_of(bundle))]
    for name, part in parts:
        lottery = part.get("lottery", {})
        if lottery.get("seed") != seed:
            yield f"the seed of the {name} is not the one that root, key and contribution give"
        if lottery.get("mode", "single") != mode:
            yield f"the result drew in mode {lottery['mode']}, the problem in {mode}"
    names = [entry["id"] for entry in bundle["problem"]["students"]] if mode == "single" else []
    if bundle["lottery"] != {name: h(0, name, seed=seed) for name in names}:
        yield "the lottery numbers are not those of the seed"


def derived_seed(bundle: Json) -> str:
    return h(0x20, bundle["root"], bundle["draw_key"], bundle["contribution"])


def check_eligibility(market: Market, placed: dict[str, str]) -> Iterator[str]:
    """Nobody is where they may not be: both listed each other, and no rule forbids the pair."""
    strangers = (placed.keys() - market.wishes.keys()) | (set(placed.values()) - market.slots.keys())
    if strangers:
        yield f"{', '.join(sorted(strangers))} took no part"
    for student, slot in placed.items():
        if (student, slot) in market.barred:
            yield f"{student} is not eligible for {slot}"
        elif (student, slot) not in market.order:
            yield f"{student} and {slot} did not both list each other"
    for couple in market.couples:
        pair = [placed.get(name) for name in couple["members"]]
        if pair != [None, None] and pair not in couple["preferences"]:
            yield f"couple {couple['id']} did not list the pair {pair}"
    for student, slot in market.fixed.items():
        if placed.get(student) != slot:
            yield f"{student} is not at the preassigned {slot}"


def check_feasibility(market: Market, placed: dict[str, str]) -> Iterator[str]:
    """No capacity and no quota is exceeded, at a slot or over a facility."""
    filled: Counter[tuple[str, ...]] = Counter()
    maxima: dict[tuple[str, ...], int] = {}
    for student, slot in placed.items():
        for key, maximum in market.bounds(student, slot):
            filled[key] += 1
            maxima[key] = maximum
    for key, count in sorted(filled.items()):
        if count > maxima[key]:
            yield f"{' '.join(key)} holds {count}, above {maxima[key]}"


def check_stability(market: Market, placed: dict[str, str], result: Json) -> Iterator[str]:
    """No student and slot would both rather have each other; with couples none but those it declares."""
    found = list(blocking(market, placed, {entry["slot"] for entry in result["closed"]}))
    declared = result["blocking_pairs"] if market.couples else []
    for pair in found:
        if pair not in declared:
            yield f"{' and '.join(str(part) for part in pair)} would rather have each other"
    for pair in declared:
        if pair not in found:
            yield f"it declares that {pair} blocks, which is not so"
    if len(declared) != len({compact(pair) for pair in declared}):
        yield "it declares a pair twice"


def blocking(market: Market, placed: dict[str, str], closed: set[str]) -> Iterator[Json]:
    """[student, slot] and [couple, slot, slot] that block.

    A couple blocks with a pair it prefers if, once both have left their places, every slot of the pair
    chooses its member, a slot named twice both of them (P. Biro, R. W. Irving and I. Schlotter, 2011).
    """
    for student, wishes in market.wishes.items():
        own = placed.get(student)
        for slot in wishes[: wishes.index(own)] if own in wishes else wishes:
            group = market.together(slot)
            held = [pair for pair in placed.items() if pair[1] in group and pair[0] != student]
            if slot not in closed and (student, slot) in market.choice([*held, (student, slot)]):
                yield [student, slot]
    for couple in market.couples:
        present = [placed.get(name) for name in couple["members"]]
        rest = [one for one in placed.items() if one[0] not in couple["members"]]
        for pair in couple["preferences"]:
            if pair == present:
                break
            both = coming(couple, pair)
            groups = {name for _, slot in both for name in market.together(slot)}
            if groups & closed or not all(one in market.order for one in both):
                continue
            chosen = market.choice([*(one for one in rest if one[1] in groups), *both])
            if all(one in chosen for one in both):
                yield [couple["id"], *pair]


def check_result(market: Market, result: Json) -> Iterator[str]:
    """The result is the one that the rules give, down to its counts."""
    if market.couples:
        yield from check_couples(market, result)
        return
    placed, closed = market.after_closures()
    claimed = result["assignment"]
    wrong = sorted(name for name in placed if name not in claimed or claimed[name] != placed[name])
    if wrong:
        yield f"the rules place {', '.join(wrong)} elsewhere"
    if result["closed"] != closed:
        yield f"the rules close {[entry['slot'] for entry in closed]}"
    if result["blocking_pairs"]:
        yield "it declares blocking pairs"
    if result["objective"] != "student-optimal" or result["options"] or not result["optimal"]:
        yield "it is not a student-optimal result"
    if result["bound"] != sum(slot is not None for slot in placed.values()) or not _counted(market, result):
        yield "its counts are not those of the assignment"


def _counted(market: Market, result: Json) -> bool:
    """Whether the result counts its own assignment right; a couple's rank is that of its pair."""
    placed = result["assignment"]
    ranks = Counter(
        str(place)
        for name, slot in placed.items()
        for place, tier in enumerate(market.tiers.get(name, []), 1)
        if slot in tier
    )
    for couple in market.couples:
        pair = [placed.get(name) for name in couple["members"]]
        if pair in couple["preferences"]:
            ranks[str(couple["preferences"].index(pair) + 1)] += len(coming(couple, pair))
    count = sum(slot is not None for slot in placed.values())
    statistics = result["statistics"]
    return bool(statistics["placed"] == count and statistics["rank_profile"] == dict(ranks))


def check_couples(market: Market, result: Json) -> Iterator[str]:
    """What can be said of a result of couples without solving: everybody is in it, its counts are true, and
    just those slots are closed that are below their minimum."""
    if set(result["assignment"]) != set(market.tiers):
        yield "the result is not about those who took part"
    if result["objective"] != "couples" or not result["options"].keys() <= {"time_limit"}:
        yield "it is not a result of couples"
    if not _counted(market, result):
        yield "its counts are not those of the assignment"
    count = len(result["blocking_pairs"])
    if not 0 <= result["bound"] <= count or result["optimal"] != (result["bound"] == count):
        yield "it claims more of its blocking pairs than they can show"
    filled = Counter(result["assignment"].values())
    kept = set(market.fixed.values())
    closed = {entry["slot"]: entry for entry in result["closed"]}
    for name, slot in market.slots.items():
        least = slot.get("minimum", 0)
        if name in closed:
            entry = closed[name]
            true = entry["minimum"] == least and 0 <= entry["had"] < least and not filled[name]
            if not true or (entry["had"] and name in kept):
                yield f"the rules do not close {name}"
        elif filled[name] < least and name not in kept:
            yield f"{name} runs below its minimum"
    if len(closed) != len(result["closed"]) or closed.keys() - market.slots.keys():
        yield "it closes a slot twice, or one that there is not"


def check_steps(bundle: Json) -> Iterator[str]:
    """Just those couples are split, after each step, that asked for it and got no place in it."""
    own = own_lists(bundle)
    for problem, result, split in steps_of(bundle):
        without = [
            couple["id"]
            for couple in problem.get("couples", [])
            if couple["id"] in own and not any(result["assignment"].get(name) for name in couple["members"])
        ]
        if sorted(split or []) != sorted(without):
            yield f"couples without a place that asked to be split then: {without}; split: {split or []}"
        if split is not None and not split:
            yield "a step after which nobody is split"


def verify(bundle: Json, published: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """What does not hold, as (check, sentence); empty iff everything does.

    Parameters
    ----------
    bundle : the object of the file
    published : mapping, optional
        ``commitment``, ``root``, ``problem_sha256``, ``decided_sha256``, ``contribution`` as they were
        published; those left out are not compared.

    Raises
    ------
    Unreadable
        If it is not a bundle.
    """
    try:
        check_format(bundle)
        return _failures(bundle, published or {})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"not a bundle: {type(error).__name__}: {error}") from error


def _failures(bundle: Json, published: Mapping[str, str]) -> list[tuple[str, str]]:
    everywhere: list[tuple[str, Iterator[str]]] = [
        ("published", check_published(bundle, published)),
        ("digest", check_digest(bundle)),
        ("leaves", check_leaves(bundle)),
        ("lottery", check_lottery(bundle)),
        ("steps", check_steps(bundle)),
    ]
    failures = [(name, sentence) for name, sentences in everywhere for sentence in sentences]
    seed = derived_seed(bundle)
    return failures + [
        failure
        for problem, result, _split in steps_of(bundle)
        for failure in _step_failures(Market(problem, seed), result)
    ]


def _step_failures(market: Market, result: Json) -> list[tuple[str, str]]:
    failures = [("result", sentence) for sentence in check_result(market, result)]
    placed = {name: slot for name, slot in result["assignment"].items() if slot is not None}
    allowed = list(check_eligibility(market, placed))
    failures += [("eligibility", sentence) for sentence in allowed]
    if allowed:
        return failures  # the others ask where everybody stands with their slot
    failures += [("feasibility", sentence) for sentence in check_feasibility(market, placed)]
    return failures + [("stability", sentence) for sentence in check_stability(market, placed, result)]


# Reading and printing ---------------------------------------------------------------------------------------


def check_format(bundle: Json) -> None:
    """Refuse what the checks could not read: they may then take shapes, names and numbers for granted."""
    _expect(bundle["format"] == "matching-bundle/1", "not a matching-bundle/1")
    problem, result = bundle["problem"], bundle["result"]
    _expect(problem["format"] == "matching-problem/1", "the problem is not a matching-problem/1")
    for each in (result, *(step["result"] for step in bundle.get("earlier", []))):
        _expect(each["format"] == "matching-result/1", "a result is not a matching-result/1")
    for key in ("commitment", "draw_key", "root", "problem_sha256", "decided_sha256"):
        _expect(len(bytes.fromhex(bundle[key])) == 32, f"{key}: expected 64 hexadecimal digits")
    _expect(isinstance(bundle["corrections"], list), "corrections: expected a list")
    _check_problem(problem)
    for opening in bundle["openings"]:
        if opening["kind"] == "couple":
            _check_pairs(opening["members"], opening["pairs"], f"the opening of {opening['owner']}")
            _check_pairs(opening["members"], opening["left_out"], f"the opening of {opening['owner']}")
            _expect({"salt", "apart"} <= opening.keys(), "an opening lacks a key")
            continue
        if opening["kind"] == "apart":
            _check_own(problem, opening["lists"])
            _expect("salt" in opening, "an opening lacks a key")
            continue
        _check_tiers(opening["tiers"], f"the opening of {opening['owner']}")
        _expect({"kind", "salt", "then_any", "left_out"} <= opening.keys(), "an opening lacks a key")


def _check_problem(problem: Json) -> None:
    names: dict[str, set[str]] = {}
    for side in ("students", "slots", "facilities"):
        ids = [entry["id"] for entry in problem.get(side, [])]
        names[side] = set(ids)
        _expect(len(names[side]) == len(ids), f"{side}: a name comes twice")
    for side, partners in (("students", "slots"), ("slots", "students"), ("facilities", "students")):
        for entry in problem.get(side, []):
            listed = _check_tiers(entry.get("preferences", []), f"{side}: {entry['id']}")
            _expect(listed <= names[partners], f"{side}: {entry['id']} lists somebody unknown")
            for key in ("capacity", "minimum"):
                number = entry.get(key, 0)
                _expect(type(number) is int and number >= 0, f"{side}: {entry['id']}: {key} is no count")
    owned = [slot for entry in problem.get("facilities", []) for slot in entry["slots"]]
    _expect(
        len(set(owned)) == len(owned) and set(owned) <= names["slots"], "facilities: unknown or shared slots"
    )
    pairs = [*problem.get("preassigned", []), *([s, x] for s, x, _ in problem.get("ineligible", []))]
    _expect({student for student, _ in pairs} <= names["students"], "a pair names an unknown student")
    _expect({slot for _, slot in pairs} <= names["slots"], "a pair names an unknown slot")
    _check_couples(problem, names)


def _check_couples(problem: Json, names: Mapping[str, set[str]]) -> None:
    couples = problem.get("couples", [])
    members = [name for entry in couples for name in entry["members"]]
    ids = [entry["id"] for entry in couples]
    own = {entry["id"] for entry in problem["students"] if entry.get("preferences")}
    _expect(len(set(ids)) == len(ids), "couples: a name comes twice")
    _expect(len(set(members)) == len(members), "couples: somebody is in two")
    _expect(set(members) <= names["students"] - own, "couples: a member is unknown, or has an own list")
    for entry in couples:
        listed = _check_pairs(entry["members"], entry["preferences"], f"couples: {entry['id']}")
        _expect(listed <= names["slots"], f"couples: {entry['id']} lists a slot unknown")
    quotas = any("quotas" in entry for entry in problem["slots"])
    _expect(not couples or not (quotas or problem.get("facilities")), "couples beside quotas or facilities")


def _check_pairs(members: Json, pairs: Json, where: str) -> set[str]:
    _expect(isinstance(members, list) and len(members) == 2 == len(set(members)), f"{where}: expected two")
    _expect(all(isinstance(pair, list) and len(pair) == 2 for pair in pairs), f"{where}: expected pairs")
    _expect(len({compact(pair) for pair in pairs}) == len(pairs), f"{where}: a pair comes twice")
    _expect([None, None] not in pairs, f"{where}: a pair of nothing")
    return {slot for pair in pairs for slot in pair if slot is not None}


def _check_own(problem: Json, lists: Json) -> None:
    slots = {entry["id"] for entry in problem["slots"]}
    for own in lists.values():
        for name, tiers in own.items():
            _expect(_check_tiers(tiers, f"the own list of {name}") <= slots, f"{name} lists a slot unknown")


def _check_tiers(tiers: Json, where: str) -> set[str]:
    listed = [name for tier in tiers for name in tier]
    _expect(all(isinstance(tier, list) and tier for tier in tiers), f"{where}: expected tiers")
    _expect(len(set(listed)) == len(listed), f"{where} lists somebody twice")
    return set(listed)


def _expect(holds: bool, sentence: str) -> None:
    if not holds:
        raise Unreadable(sentence)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    _expect(len(dict(pairs)) == len(pairs), "a key comes twice")
    return dict(pairs)


def loads(text: str) -> Json:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error


def report(text: str, published: Mapping[str, str]) -> int:
    """Print what was found; 0 if everything holds, else 1. Raises :class:`Unreadable`."""
    bundle = loads(text)
    failures = verify(bundle, published)
    for name, sentence in failures:
        print(f"{name}: {sentence}")
    for key in ANCHORS.values():
        if key not in published:
            print(f"not compared: {key} {bundle[key] or 'none'}; compare it with what was published")
    blocked = len(bundle["result"]["blocking_pairs"])
    if bundle["problem"].get("couples") and not failures:
        print(f"not judged: that no matching has fewer blocking pairs than {blocked}")
    if not failures:
        print(f"holds: {len(bundle['leaves'])} lists, {bundle['result']['statistics']['placed']} placed")
    return 1 if failures else 0


def main(arguments: list[str]) -> int:
    options = dict(zip(arguments[1::2], arguments[2::2], strict=False))
    if not arguments or len(arguments) % 2 == 0 or not options.keys() <= ANCHORS.keys():
        print(
            "usage: bundle.py FILE [--commitment HEX] [--root HEX] [--problem HEX] [--contribution TEXT]"
            " [--decided HEX]",
            file=sys.stderr,
        )
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:  # noqa: PTH123
            return report(file.read(), {ANCHORS[key]: value for key, value in options.items()})
    except (OSError, UnicodeDecodeError, Unreadable) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
