"""Write the three files of typed names that the matcher is judged by. They were written before it was.

    PRACTICUM_DATA=... python tests/identity/write_variants.py

``variants.csv``: 300 entries of the public directory as people type them, 150 written by hand
(``variants_by_hand.txt``) and 150 by the rules below; ``new.csv``: 300 names that are in no directory, 100 by
hand (``new_by_hand.txt``); ``campuses.csv``: entries that share their name with another one, and the
same name at a place where nobody has it. The directory itself is no part of this repository: entries are
named by its ids. Every draw is seeded, so the files come out the same.
"""

from __future__ import annotations

import csv
import math
import os
import random
import re
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
DATA = Path(os.environ.get("PRACTICUM_DATA", HERE.parents[2] / "shared" / "data"))
SEED = 20260

SHORT = {
    "HOSPITAL": "Hosp",
    "CENTER": "Ctr",
    "MEDICAL": "Med",
    "REGIONAL": "Reg",
    "COMMUNITY": "Comm",
    "REHABILITATION": "Rehab",
    "BEHAVIORAL": "Behav",
    "UNIVERSITY": "Univ",
    "MEMORIAL": "Mem",
    "COUNTY": "Co",
    "SAINT": "St",
    "MOUNT": "Mt",
    "NORTHWEST": "NW",
    "SOUTHWEST": "SW",
    "NORTHEAST": "NE",
    "SOUTHEAST": "SE",
    "GENERAL": "Gen",
    "PSYCHIATRIC": "Psych",
    "HEALTHCARE": "Health Care",
    "SYSTEM": "Sys",
    "FORT": "Ft",
    "SPECIALTY": "Spec",
    "INSTITUTE": "Inst",
    "SERVICES": "Svcs",
    "SOUTH": "So",
    "NORTH": "No",
}
LONG = {
    "ST": "Saint",
    "ST.": "Saint",
    "HOSP": "Hospital",
    "CTR": "Center",
    "MED": "Medical",
    "MT": "Mount",
    "FT": "Fort",
    "COMM": "Community",
    "REHAB": "Rehabilitation",
    "INC": "Incorporated",
    "VA": "Veterans",
}
SUFFIXES = ("Inc", "Inc.", "LLC", "Hospital", "Medical Center", "Med Ctr", "Health System", "Corporation")
TAIL = re.compile(
    r"[\s,]+(INC|LLC|HOSPITAL|MEDICAL CENTER|CENTER|HEALTH|CAMPUS|SYSTEM|CAH|LP|HOSP|CLINIC)\.?$", re.I
)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def words(name: str) -> list[str]:
    """A directory name as people write it: not in capitals."""
    return [word if len(word) < 4 and not word.isalpha() else word.capitalize() for word in name.split()]


def abbreviation(name: str, dice: random.Random) -> str:
    """Shorten, or spell out, the words that people shorten or spell out."""
    either = {**SHORT, **LONG}
    found = [either.get(word.upper().strip(","), word) for word in words(name)]
    return " ".join(found) if found != words(name) else typo(name, dice)


def typo(name: str, dice: random.Random) -> str:
    """One slip of the fingers in one of the longer words: swapped, lost, doubled or a neighbouring letter."""
    found = words(name)
    at = dice.choice([n for n, word in enumerate(found) if len(word) >= 5] or [0])
    word, where = found[at], dice.randrange(1, max(2, len(found[at]) - 1))
    found[at] = dice.choice(
        (
            word[:where] + word[where + 1 : where + 2] + word[where : where + 1] + word[where + 2 :],
            word[:where] + word[where + 1 :],
            word[:where] + word[where] + word[where:] if where < len(word) else word + word[-1],
            word[:where] + dice.choice("aeiorstln") + word[where + 1 :],
        )
    )
    made = " ".join(found)
    return made if made != " ".join(words(name)) else typo(name, dice)


def order(name: str, dice: random.Random) -> str:
    """The words turned round: the first to the end, or the last to the front."""
    found = [word.strip(",-") for word in words(name) if word.strip(",-")]
    return " ".join([*found[1:], found[0]] if dice.random() < 0.5 else [found[-1], *found[:-1]])


def suffix(name: str, dice: random.Random) -> str:
    """Another ending: the old one lost, or one that it once had."""
    bare = TAIL.sub("", name)
    if bare != name and len(bare.split()) > 1 and dice.random() < 0.6:
        return " ".join(words(bare))
    return " ".join([*words(bare if len(bare.split()) > 1 else name), dice.choice(SUFFIXES)])


def dropped(name: str, dice: random.Random) -> str:
    """A word left out, of names with three or more."""
    found = words(name)
    if len(found) > 2:
        found.pop(dice.randrange(1, len(found)))
    return " ".join(found)


RULES = (abbreviation, typo, order, suffix, dropped)


def place(row: dict[str, str], zips: dict[str, list[str]], dice: random.Random) -> dict[str, str]:
    """What else was typed: ZIP (sometimes of the neighbourhood), city, phone or website; or only a name."""
    given = {"city": "", "state": row["state"], "zip": "", "phone": "", "website": ""}
    luck = dice.random()
    if luck < 0.55:
        near = zips.get(row["zip"], [])
        given["zip"] = dice.choice(near) if near and dice.random() < 0.2 else row["zip"]
    elif luck < 0.9:
        given["city"] = row["city"].title()
    if dice.random() < 0.12:
        given["phone"] = re.sub(r"\D+", dice.choice(("", ".", "-")), row["phone"]).strip(".-")
    if dice.random() < 0.1 and row["website"]:
        given["website"] = "https://" + row["website"].removeprefix("https://")
    return given


def neighbours(wanted: set[str]) -> dict[str, list[str]]:
    """For each ZIP the other ones whose centre in the same state is within eight miles."""
    found: dict[str, list[str]] = {}
    centres = [
        (r["zip"], float(r["lat"]), float(r["lon"]), r["state"]) for r in read(DATA / "zip_centroids.csv")
    ]
    known = {code: (lat, lon, state) for code, lat, lon, state in centres}
    for code in sorted(wanted & known.keys()):
        lat, lon, state = known[code]
        narrow = math.cos(math.radians(lat))
        found[code] = [
            other
            for other, y, x, there in centres
            if other != code and there == state and math.hypot((y - lat) * 69, (x - lon) * 69 * narrow) <= 8
        ]
    return found


def city(row: dict[str, str], name: str) -> str:
    """The name with its city behind it."""
    return f"{name}, {row['city'].title()}"


def variants(rows: list[dict[str, str]], dice: random.Random) -> list[dict[str, str]]:
    """150 by hand, 150 by rule; a tenth of the latter with the city added to the name."""
    hand = [line.split("|", 2) for line in (HERE / "variants_by_hand.txt").read_text().splitlines()]
    made = [(row, kind, name) for row, (_id, kind, name) in zip(rows[:150], hand, strict=True)]
    for number, row in enumerate(rows[150:]):
        rule = RULES[number % len(RULES)]
        name = rule(row["name"], dice)
        kind = rule.__name__
        made.append((row, kind, city(row, name)) if number % 10 == 7 else (row, kind, name))
    zips = neighbours({row["zip"] for row in rows})
    return [
        {"id": row["facility_id"], "kind": kind, "name": name, **place(row, zips, dice)}
        for row, kind, name in made
    ]


FIRST = (
    "Amberfield Briarwood Cedarcrest Dovetail Elmsgate Fernhollow Gladewater Harrowgate Ivybridge "
    "Juniperton Kestrel Larkmeadow Mossbank Northfork Otterbrook Pinehollow Quillback Rosemont Stonebridge "
    "Thistledown Umberline Vinewood Willowmere Yarrow Ashgrove Birchline Copperhill Driftwood Eastbrook "
    "Foxglove Goldenrod Heathrow Ironwood Jadewater Knollcrest Lindenwald Maplefield Nettlewood Oxbow "
    "Prairiewind Ravenswood Silverlake Tamarack Upland Wren Zinnia Blue-Heron Red-Cedar Twin-Rivers Sunmeadow"
).split()
KINDS = (
    "Hospital",
    "Medical Center",
    "Community Hospital",
    "Regional Medical Center",
    "Family Practice",
    "Pediatrics",
    "Billing Services",
    "Health Partners",
    "Memorial Hospital",
    "Surgery Center",
    "Behavioral Health",
    "Rehabilitation Hospital",
    "Urgent Care",
    "Women's Clinic",
    "Cancer Institute",
    "Physicians Group",
    "Imaging",
    "Health Information Exchange",
    "Nursing and Rehab",
    "Coding Associates",
)


def new(rows: list[dict[str, str]], dice: random.Random) -> list[dict[str, str]]:
    """100 by hand, 200 put together; each in a town where the directory has an entry or more."""
    hand = (HERE / "new_by_hand.txt").read_text().splitlines()
    made: list[str] = []
    taken = {re.sub(r"\W+", " ", row["name"]).lower() for row in rows}
    while len(made) < 200:
        row = dice.choice(rows)
        kind = KINDS[len(made) % len(KINDS)]
        begin = dice.choice(FIRST).replace("-", " ")
        shape = dice.randrange(3)
        town = row["city"].title()
        name = (f"{begin} {kind}", f"{begin} {kind} of {town}", f"{town} {begin} {kind}")[shape]
        if name.lower() not in taken:
            taken.add(name.lower())
            made.append(f"{name}|{row['facility_id']}")
    known = {row["facility_id"]: row for row in rows}
    found = []
    for kind, lines in (
        ("hand", [f"{line}|{dice.choice(rows)['facility_id']}" for line in hand]),
        ("made", made),
    ):
        for line in lines:
            name, _, at = line.partition("|")
            row, by_zip = known[at], dice.random() < 0.6
            where = {"city": "" if by_zip else row["city"].title(), "zip": row["zip"] if by_zip else ""}
            found.append({"kind": kind, "name": name, "state": row["state"], **where})
    return found


def campuses(rows: list[dict[str, str]], dice: random.Random) -> list[dict[str, str]]:
    """Entries that share a name, each with its own place; and the name where no entry has it (no id)."""
    named: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        named[row["name"]].append(row)
    shared = sorted(
        name for name, group in named.items() if len({(r["city"], r["state"]) for r in group}) > 1
    )
    found = []
    for name in dice.sample(shared, 40):
        group = named[name]
        spots = {(row["city"], row["state"]) for row in group}
        alone = [row for row in group if sum(row["city"] == other["city"] for other in group) == 1]
        row = dice.choice(alone or group)
        where = {"city": row["city"].title(), "state": row["state"], "zip": row["zip"]}
        found.append({"id": row["facility_id"], "name": " ".join(words(name)), **where})
        elsewhere = dice.choice([row for row in rows if (row["city"], row["state"]) not in spots])
        where = {"city": elsewhere["city"].title(), "state": elsewhere["state"], "zip": elsewhere["zip"]}
        found.append({"id": "", "name": " ".join(words(name)), **where})
    return found


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Write all three files."""
    rows = sorted(read(DATA / "facilities.csv"), key=lambda row: row["facility_id"])
    sample = random.Random(SEED).sample(rows, 300)
    write(HERE / "variants.csv", variants(sample, random.Random(SEED + 1)))
    write(HERE / "new.csv", new(rows, random.Random(SEED + 2)))
    write(HERE / "campuses.csv", campuses(rows, random.Random(SEED + 3)))


if __name__ == "__main__":
    main()
