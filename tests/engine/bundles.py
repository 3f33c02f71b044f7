"""Bundles of random rounds, sealed as the site seals them, and forgers who seal again what they changed."""

from __future__ import annotations

import copy
import hashlib
import random
from collections import Counter
from typing import Any

from engine_problems import random_problem

from marketplace.rounds import lottery
from marketplace.runs import apart, corrections
from marketplace.runs.corrections import Correction, Kind
from matching import MatchingError, Problem, solve
from matching.hashing import Tag, unseeded

Bundle = dict[str, Any]
SIDES = {"student": "students", "slot": "slots", "facility": "facilities"}


def bundle_of(seed: int) -> Bundle:
    """A round over every feature that the student-optimal objective takes."""
    rng = random.Random(seed)
    names = ("quotas", "facilities", "minimum", "preassigned", "ineligible")
    flags: dict[str, Any] = {name: rng.random() < 0.4 for name in names}
    mode = rng.choice(("single", "single", "multiple"))
    return certified(rng, random_problem(rng, students=8, slots=5, mode=mode, **flags))


def crossed_bundle(seed: int) -> Bundle:
    """Complete strict lists and one place each: often there are several stable matchings."""
    rng = random.Random(seed)
    students, slots = [f"s{k}" for k in range(6)], [f"h{k}" for k in range(6)]
    problem = {
        "format": "matching-problem/1",
        "students": [{"id": s, "preferences": [[h] for h in rng.sample(slots, 6)]} for s in students],
        "slots": [{"id": h, "preferences": [[s] for s in rng.sample(students, 6)]} for h in slots],
        "lottery": {"seed": "0" * 64, "mode": "single"},
    }
    return certified(rng, problem)


def couples_bundle(seed: int) -> Bundle:
    """A round with couples; every other one in which couples may be split, and were."""
    rng = random.Random(seed)
    while True:
        flags = {"minimum": rng.random() < 0.3, "ineligible": rng.random() < 0.4}
        problem = random_problem(rng, students=8, slots=4, couples=True, **flags)
        if not problem["couples"] or not all(couple["preferences"] for couple in problem["couples"]):
            continue
        for slot in problem["slots"]:
            slot["then_any"] = slot["then_any"] or rng.random() < 0.5
        bundle = certified(rng, problem, apart=seed % 2 == 1)
        if seed % 2 == 0 or bundle["earlier"]:
            return bundle


def certified(rng: random.Random, problem: dict[str, Any], *, apart: bool = False) -> Bundle:
    secret = f"{rng.getrandbits(256):064x}"
    bundle: Bundle = {
        "format": "matching-bundle/1",
        "draw_key": lottery.draw_key(secret),
        "contribution": rng.choice(("", "Dow Jones 44,094.77")),
        "openings": [*openings(rng, problem, secret), *pair_openings(rng, problem, secret, apart=apart)],
        "problem": problem,
        "corrections": [],
    }
    if rng.random() < 0.35:
        bundle["corrections"] = barred_pair(rng, bundle)
    bundle["commitment"] = lottery.commitment(bundle["draw_key"])
    return sealed(bundle)


def barred_pair(rng: random.Random, bundle: Bundle) -> list[dict[str, Any]]:
    """A correction that bars one more pair that a student lists; none where there is no such pair."""
    problem = decided(bundle)
    known = [*problem.get("preassigned", []), *(entry[:2] for entry in problem.get("ineligible", []))]
    pairs = [
        (entry["id"], slot)
        for entry in problem["students"]
        for tier in entry["preferences"]
        for slot in tier
        if [entry["id"], slot] not in known
    ]
    if not pairs:
        return []
    student, slot = rng.choice(pairs)
    return [Correction(Kind.NOT_ELIGIBLE, student, slot).to_dict()]


def decided(bundle: Bundle) -> dict[str, Any]:
    """The problem that the result is on, corrected as the site does."""
    asked = [Correction.from_dict(c) for c in bundle["corrections"]]
    own = next((one["lists"] for one in bundle["openings"] if one["kind"] == "apart"), {})
    return corrections.apply(bundle["problem"], asked, own)


def openings(rng: random.Random, problem: dict[str, Any], secret: str) -> list[dict[str, Any]]:
    """What owners certified: their lists, sometimes with somebody more who has withdrawn since."""
    found = []
    for kind, side in SIDES.items():
        for entry in problem.get(side, []):
            if not entry["preferences"]:
                continue
            tiers = copy.deepcopy(entry["preferences"])
            gone = ["gone"] if rng.random() < 0.3 else []
            if gone:
                tiers.insert(rng.randint(0, len(tiers)), gone[:])
            salt = lottery.salt(secret, entry["id"], 1)
            found.append({"kind": kind, "owner": entry["id"], "salt": salt, "tiers": tiers, "left_out": gone})
            found[-1]["then_any"] = entry.get("then_any", False)
    return found


def pair_openings(
    rng: random.Random, problem: dict[str, Any], secret: str, *, apart: bool
) -> list[dict[str, Any]]:
    """What couples certified, and their members' own lists where both asked to be split."""
    found: list[dict[str, Any]] = []
    own: dict[str, Any] = {}
    slots = [entry["id"] for entry in problem["slots"]]
    for couple in problem.get("couples", []):
        salt = lottery.salt(secret, couple["id"], 1)
        one = {"kind": "couple", "owner": couple["id"], "salt": salt, "members": couple["members"]}
        found.append({**one, "pairs": copy.deepcopy(couple["preferences"]), "apart": apart, "left_out": []})
        if apart:
            lists = {m: [[slot] for slot in rng.sample(slots, min(2, len(slots)))] for m in couple["members"]}
            own[couple["id"]] = lists
            for name, tiers in lists.items():
                mine = {"kind": "student", "owner": name, "salt": lottery.salt(secret, name, 1)}
                found.append({**mine, "tiers": copy.deepcopy(tiers), "then_any": False, "left_out": []})
    if own:
        salt = lottery.salt(secret, lottery.APART, 1)
        found.append({"kind": "apart", "owner": lottery.APART, "salt": salt, "lists": own})
    return found


def sealed(bundle: Bundle) -> Bundle:
    """Everything that follows from the lists, the problem, the key and the contribution."""
    reseal_leaves(bundle)
    reseal_lottery(bundle)
    bundle["problem_sha256"] = Problem.from_dict(bundle["problem"]).digest()
    bundle["decided_sha256"] = Problem.from_dict(decided(bundle)).digest()
    return solved(bundle)


def reseal_leaves(bundle: Bundle) -> None:
    bundle["leaves"] = sorted(leaf(one) for one in bundle["openings"])
    bundle["root"] = lottery.root(bundle["leaves"])


def leaf(one: dict[str, Any]) -> str:
    if one["kind"] == "couple":
        return lottery.pairs_digest(one["salt"], one["owner"], one["members"], one["pairs"], one["apart"])
    if one["kind"] == "apart":
        return lottery.apart_digest(one["salt"], one["lists"])
    return lottery.list_digest(one["salt"], one["owner"], one["tiers"], one["then_any"])


def reseal_lottery(bundle: Bundle, seed: str | None = None) -> None:
    seed = seed or unseeded(Tag.ROUND_SEED, bundle["root"], bundle["draw_key"], bundle["contribution"]).hex()
    bundle["problem"]["lottery"]["seed"] = seed
    single = bundle["problem"]["lottery"]["mode"] == "single"
    students = bundle["problem"]["students"] if single else []
    bundle["lottery"] = {entry["id"]: lottery.number(seed, entry["id"]) for entry in students}


def solved(bundle: Bundle, objective: str = "student-optimal") -> Bundle:
    problem = Problem.from_dict(decided(bundle))
    if problem.couples:
        own = next((one["lists"] for one in bundle["openings"] if one["kind"] == "apart"), {})
        found = apart.decide(problem, own, problem.lottery.seed)
        bundle["earlier"], bundle["result"] = found.earlier, found.result.to_dict()
        return bundle
    bundle["result"] = solve(problem, objective).to_dict()
    bundle["result"]["objective"] = "student-optimal"
    recount(bundle)
    return bundle


def recount(bundle: Bundle) -> None:
    """The counts that go with the assignment, so that no forgery is caught by them alone."""
    result = bundle["result"]
    tiers = {entry["id"]: entry["preferences"] for entry in bundle["problem"]["students"]}
    ranks = Counter(
        str(place)
        for name, slot in result["assignment"].items()
        for place, tier in enumerate(tiers.get(name, ()), 1)
        if slot in tier
    )
    placed = sum(slot is not None for slot in result["assignment"].values())
    result["statistics"] = {**result["statistics"], "placed": placed, "rank_profile": dict(ranks)}
    result["bound"] = placed


def published(bundle: Bundle) -> dict[str, str]:
    return {
        key: bundle[key] for key in ("commitment", "root", "problem_sha256", "contribution", "decided_sha256")
    }


# Forgeries: each changes a bundle and says which check must catch it, or None where there was nothing to do.


def other_order(rng: random.Random, bundle: Bundle) -> str | None:
    """A list in another order, in the problem and in its opening; everything sealed again."""
    mine = [one for one in bundle["openings"] if len(one["tiers"]) > 1]
    if not mine:
        return None
    opening = rng.choice(mine)
    before = copy.deepcopy(opening["tiers"])
    rng.shuffle(opening["tiers"])
    entry = entry_of(bundle, opening)
    kept = [[name for name in tier if name not in opening["left_out"]] for tier in opening["tiers"]]
    entry["preferences"] = [tier for tier in kept if tier]
    sealed(bundle)
    return "published" if opening["tiers"] != before else None


def other_order_same_root(rng: random.Random, bundle: Bundle) -> str | None:
    """The same, but the leaves that were published stay in the bundle."""
    kept = bundle["leaves"], bundle["root"]
    changed = other_order(rng, bundle)
    bundle["leaves"], bundle["root"] = kept
    reseal_lottery(bundle)
    solved(bundle)
    return "leaves" if changed else None


def other_order_same_opening(rng: random.Random, bundle: Bundle) -> str | None:
    """Only the problem's list changes."""
    kept = copy.deepcopy((bundle["openings"], bundle["leaves"], bundle["root"]))
    changed = other_order(rng, bundle)
    before = [[sorted(t) for t in one["tiers"] if t != ["gone"]] for one in bundle["openings"]]
    bundle["openings"], bundle["leaves"], bundle["root"] = kept
    reseal_lottery(bundle)
    solved(bundle)
    after = [[sorted(t) for t in one["tiers"] if t != ["gone"]] for one in bundle["openings"]]
    return "leaves" if changed and before != after else None


def capacity(rng: random.Random, bundle: Bundle) -> str | None:
    rng.choice(bundle["problem"]["slots"])["capacity"] += 1
    sealed(bundle)
    return "published"


def capacity_same_digest(rng: random.Random, bundle: Bundle) -> str | None:
    """The digest that was published stays, in the bundle and in the result."""
    kept = bundle["problem_sha256"], bundle["decided_sha256"]
    capacity(rng, bundle)
    bundle["problem_sha256"], bundle["decided_sha256"] = kept
    bundle["result"]["problem_sha256"] = kept[1]
    return "digest"


def eligibility(rng: random.Random, bundle: Bundle) -> str | None:
    """A pair that was barred no longer is."""
    barred = bundle["problem"].get("ineligible")
    if not barred:
        return None
    barred.pop(rng.randrange(len(barred)))
    sealed(bundle)
    return "published"


def seed(rng: random.Random, bundle: Bundle) -> str | None:
    """A seed that the forger chose, with the numbers and the result that follow from it."""
    reseal_lottery(bundle, f"{rng.getrandbits(256):064x}")
    solved(bundle)
    return "lottery"


def key(rng: random.Random, bundle: Bundle) -> str | None:
    """Another key under the commitment that was published."""
    bundle["draw_key"] = f"{rng.getrandbits(256):064x}"
    reseal_lottery(bundle)
    solved(bundle)
    return "lottery"


def key_and_commitment(rng: random.Random, bundle: Bundle) -> str | None:
    bundle["draw_key"] = f"{rng.getrandbits(256):064x}"
    bundle["commitment"] = hashlib.sha256(bytes.fromhex(bundle["draw_key"])).hexdigest()
    reseal_lottery(bundle)
    solved(bundle)
    return "published"


def contribution(rng: random.Random, bundle: Bundle) -> str | None:
    bundle["contribution"] = str(rng.random())
    reseal_lottery(bundle)
    solved(bundle)
    return "published"


def lottery_number(rng: random.Random, bundle: Bundle) -> str | None:
    """Two students' numbers change places; nothing else does."""
    names = list(bundle["lottery"])
    if len(names) < 2:
        return None
    one, other = rng.sample(names, 2)
    numbers = bundle["lottery"]
    numbers[one], numbers[other] = numbers[other], numbers[one]
    return "lottery"


def assignment(rng: random.Random, bundle: Bundle) -> str | None:
    """One student elsewhere, the counts corrected."""
    held = bundle["result"]["assignment"]
    name = rng.choice(list(held))
    choices = [None, *(slot["id"] for slot in bundle["problem"]["slots"])]
    held[name] = rng.choice([slot for slot in choices if slot != held[name]])
    recount(bundle)
    return "result"


def moved_to_a_slot_not_listed(rng: random.Random, bundle: Bundle) -> str | None:
    held = bundle["result"]["assignment"]
    lists = {e["id"]: [s for tier in e["preferences"] for s in tier] for e in bundle["problem"]["students"]}
    pairs = [(n, s["id"]) for n in held for s in bundle["problem"]["slots"] if s["id"] not in lists[n]]
    pairs = [(name, slot) for name, slot in pairs if held[name] != slot]
    if not pairs:
        return None
    name, slot = rng.choice(pairs)
    held[name] = slot
    recount(bundle)
    return "eligibility"


def over_capacity(rng: random.Random, bundle: Bundle) -> str | None:
    """Somebody who was refused sits on the place too many."""
    problem = Problem.from_dict(decided(bundle))
    held = bundle["result"]["assignment"]
    filled = Counter(held.values())
    capacities = {slot.id: slot.capacity for slot in problem.slots}
    barred = {(entry.student, entry.slot) for entry in problem.ineligible}
    holders = {slot: f for f in problem.facilities for slot in f.slots}
    slots = {slot.id: slot for slot in problem.slots}
    pairs = [
        (s.id, x)
        for s in problem.students
        for tier in s.preferences
        for x in tier
        if held[s.id] != x and filled[x] >= capacities[x] and (s.id, x) not in barred
        if holders.get(x, slots[x]).then_any or any(s.id in t for t in holders.get(x, slots[x]).preferences)
    ]
    if not pairs:
        return None
    name, slot = rng.choice(pairs)
    held[name] = slot
    recount(bundle)
    return "feasibility"


def unplaced(rng: random.Random, bundle: Bundle) -> str | None:
    """A student loses a place that nobody gets: they and their slot block."""
    fixed = dict(bundle["problem"].get("preassigned", []))
    held = bundle["result"]["assignment"]
    names = [name for name, slot in held.items() if slot is not None and name not in fixed]
    if not names:
        return None
    held[rng.choice(names)] = None
    recount(bundle)
    return "stability"


def another_stable_matching(rng: random.Random, bundle: Bundle) -> str | None:
    """The best one for the slots in the place of the best one for the students."""
    before = bundle["result"]["assignment"]
    try:
        solved(bundle, "slot-optimal")
    except MatchingError:
        return None
    return "result" if bundle["result"]["assignment"] != before else None


def removed_participant(rng: random.Random, bundle: Bundle) -> str | None:
    """Somebody with their list, as if they had never been there."""
    problem = bundle["problem"]
    names = {name for name, _ in problem.get("preassigned", [])}
    free = [entry for entry in problem["students"] if entry["id"] not in names]
    if not free:
        return None
    gone = rng.choice(free)["id"]
    bundle["corrections"] = [one for one in bundle["corrections"] if one["student"] != gone]
    problem["students"] = [entry for entry in problem["students"] if entry["id"] != gone]
    problem["ineligible"] = [entry for entry in problem.get("ineligible", []) if entry[0] != gone]
    for holder in (*problem["slots"], *problem.get("facilities", [])):
        tiers = [[name for name in tier if name != gone] for tier in holder["preferences"]]
        holder["preferences"] = [tier for tier in tiers if tier]
    bundle["openings"] = [
        one for one in bundle["openings"] if (one["kind"], one["owner"]) != ("student", gone)
    ]
    for one in bundle["openings"]:
        if any(gone in tier for tier in one["tiers"]):
            one["left_out"] = [*one["left_out"], gone]
    sealed(bundle)
    return "published"


def removed_participant_same_root(rng: random.Random, bundle: Bundle) -> str | None:
    """The same, but the leaves that were published stay in the bundle."""
    kept = bundle["leaves"], bundle["root"]
    removed = removed_participant(rng, bundle)
    gone = bundle["leaves"] != kept[0]
    bundle["leaves"], bundle["root"] = kept
    reseal_lottery(bundle)
    solved(bundle)
    return "leaves" if removed and gone else None


def correction_added(rng: random.Random, bundle: Bundle) -> str | None:
    """A pair barred that nobody confirmed to be, and everything that follows from it."""
    more = barred_pair(rng, bundle)
    bundle["corrections"] = [*bundle["corrections"], *more]
    sealed(bundle)
    return "published" if more else None


def correction_added_same_digest(rng: random.Random, bundle: Bundle) -> str | None:
    kept = bundle["decided_sha256"]
    added = correction_added(rng, bundle)
    bundle["decided_sha256"] = bundle["result"]["problem_sha256"] = kept
    return "digest" if added else None


def correction_dropped(rng: random.Random, bundle: Bundle) -> str | None:
    """As if nothing had been corrected."""
    if not bundle["corrections"]:
        return None
    bundle["corrections"] = []
    sealed(bundle)
    return "published"


def added_participant(rng: random.Random, bundle: Bundle) -> str | None:
    """Somebody with a certified list of their own, whom slots take that take anybody."""
    slot = rng.choice(bundle["problem"]["slots"])["id"]
    new = {"id": "new", "preferences": [[slot]], "types": {"school": "U"}}
    bundle["problem"]["students"].append(new)
    salt = f"{rng.getrandbits(256):064x}"
    opening = {"kind": "student", "owner": "new", "salt": salt, "tiers": [[slot]]}
    bundle["openings"].append({**opening, "then_any": False, "left_out": []})
    sealed(bundle)
    return "published"


def added_participant_same_root(rng: random.Random, bundle: Bundle) -> str | None:
    kept = bundle["leaves"], bundle["root"]
    added_participant(rng, bundle)
    bundle["leaves"], bundle["root"] = kept
    reseal_lottery(bundle)
    solved(bundle)
    return "leaves"


def swapped_salt(rng: random.Random, bundle: Bundle) -> str | None:
    if not bundle["openings"]:
        return None
    rng.choice(bundle["openings"])["salt"] = f"{rng.getrandbits(256):064x}"
    return "leaves"


def left_out(rng: random.Random, bundle: Bundle) -> str | None:
    """A wish goes missing, said to have been withdrawn, and everything but the leaves is sealed again."""
    mine = [one for one in bundle["openings"] if one["kind"] == "student"]
    if not mine:
        return None
    opening = rng.choice(mine)
    entry = entry_of(bundle, opening)
    gone = rng.choice(rng.choice(entry["preferences"]))
    if any((one["student"], one["slot"]) == (entry["id"], gone) for one in bundle["corrections"]):
        return None  # it would be said twice, and a correction of nothing is no bundle
    opening["left_out"] = [*opening["left_out"], gone]
    tiers = [[name for name in tier if name != gone] for tier in entry["preferences"]]
    entry["preferences"] = [tier for tier in tiers if tier]
    sealed(bundle)
    return "published"


def statistics(rng: random.Random, bundle: Bundle) -> str | None:
    bundle["result"]["statistics"]["placed"] += 1
    return "result"


def entry_of(bundle: Bundle, opening: dict[str, Any]) -> dict[str, Any]:
    entries: list[dict[str, Any]] = bundle["problem"][SIDES[opening["kind"]]]
    return next(entry for entry in entries if entry["id"] == opening["owner"])


# Of rounds with couples.


def couple_opening(rng: random.Random, bundle: Bundle) -> dict[str, Any]:
    one: dict[str, Any] = rng.choice([one for one in bundle["openings"] if one["kind"] == "couple"])
    return one


def pairs_in_another_order(rng: random.Random, bundle: Bundle) -> str | None:
    opening = couple_opening(rng, bundle)
    if len(opening["pairs"]) < 2:
        return None
    opening["pairs"].append(opening["pairs"].pop(0))
    couple = next(one for one in bundle["problem"]["couples"] if one["id"] == opening["owner"])
    couple["preferences"] = copy.deepcopy(opening["pairs"])
    sealed(bundle)
    return "published"


def pairs_in_another_order_same_root(rng: random.Random, bundle: Bundle) -> str | None:
    kept = bundle["leaves"], bundle["root"]
    changed = pairs_in_another_order(rng, bundle)
    bundle["leaves"], bundle["root"] = kept
    reseal_lottery(bundle)
    solved(bundle)
    return "leaves" if changed else None


def placed_couple(rng: random.Random, bundle: Bundle) -> list[str] | None:
    """The members of a couple with a place that the last step still has as a couple."""
    split = {couple for step in bundle["earlier"] for couple in step["split"]}
    held = bundle["result"]["assignment"]
    found = [
        couple["members"]
        for couple in bundle["problem"]["couples"]
        if couple["id"] not in split and any(held[name] for name in couple["members"])
    ]
    return rng.choice(found) if found else None


def couple_unplaced(rng: random.Random, bundle: Bundle) -> str | None:
    """A couple loses its places; the pair it had blocks, and nobody says so."""
    members = placed_couple(rng, bundle)
    if members is None:
        return None
    bundle["result"]["assignment"].update(dict.fromkeys(members))
    return "stability"


def couple_unplaced_and_declared(rng: random.Random, bundle: Bundle) -> str | None:
    """The same, with one blocking pair declared that is none."""
    members = placed_couple(rng, bundle)
    if members is None:
        return None
    slot = bundle["problem"]["slots"][0]["id"]
    name = next(entry["id"] for entry in bundle["problem"]["students"] if not entry["preferences"])
    bundle["result"]["blocking_pairs"].append([name, slot])
    return "stability"


def couple_at_a_pair_not_listed(rng: random.Random, bundle: Bundle) -> str | None:
    members = placed_couple(rng, bundle)
    if members is None:
        return None
    held = bundle["result"]["assignment"]
    couple = next(one for one in bundle["problem"]["couples"] if one["members"] == members)
    wishes = [None, *(slot["id"] for slot in bundle["problem"]["slots"])]
    pairs = [[a, b] for a in wishes for b in wishes if [a, b] not in couple["preferences"]]
    pairs.remove([None, None])
    if not pairs:
        return None
    held.update(zip(members, rng.choice(pairs), strict=True))
    return "eligibility"


def fall_back_denied(rng: random.Random, bundle: Bundle) -> str | None:
    """The first step stands for the last, although couples without a place asked to be split."""
    if not bundle["earlier"]:
        return None
    bundle["result"], bundle["earlier"] = bundle["earlier"][0]["result"], []
    return "steps"


def fall_back_with_other_lists(rng: random.Random, bundle: Bundle) -> str | None:
    """Own lists of those who are split in another order; the leaves that were published stay."""
    kept = bundle["leaves"], bundle["root"]
    opening = next((one for one in bundle["openings"] if one["kind"] == "apart"), None)
    if opening is None:
        return None
    tiers = rng.choice([tiers for own in opening["lists"].values() for tiers in own.values()])
    if len(tiers) < 2:
        return None
    tiers.reverse()
    sealed(bundle)
    bundle["leaves"], bundle["root"] = kept
    reseal_lottery(bundle)
    solved(bundle)
    return "leaves"


def fall_back_ticked(rng: random.Random, bundle: Bundle) -> str | None:
    """A tick that a couple did not make, or made."""
    opening = couple_opening(rng, bundle)
    opening["apart"] = not opening["apart"]
    return "leaves"


def minimum_ignored(rng: random.Random, bundle: Bundle) -> str | None:
    """A slot that its minimum closed is said to have been open."""
    if not bundle["result"]["closed"]:
        return None
    bundle["result"]["closed"].pop()
    return "result"


def couples_counts(rng: random.Random, bundle: Bundle) -> str | None:
    bundle["result"]["statistics"]["placed"] += 1
    return "result"


OF_COUPLES = [
    pairs_in_another_order,
    pairs_in_another_order_same_root,
    couple_unplaced,
    couple_unplaced_and_declared,
    couple_at_a_pair_not_listed,
    fall_back_denied,
    fall_back_with_other_lists,
    fall_back_ticked,
    minimum_ignored,
    couples_counts,
]
FORGERIES = [
    *OF_COUPLES,
    other_order,
    other_order_same_root,
    other_order_same_opening,
    capacity,
    capacity_same_digest,
    eligibility,
    seed,
    key,
    key_and_commitment,
    contribution,
    lottery_number,
    assignment,
    moved_to_a_slot_not_listed,
    over_capacity,
    unplaced,
    another_stable_matching,
    removed_participant,
    removed_participant_same_root,
    correction_added,
    correction_added_same_digest,
    correction_dropped,
    added_participant,
    added_participant_same_root,
    swapped_salt,
    left_out,
    statistics,
]
