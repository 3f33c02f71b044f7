"""Agreements by CSV: the registry that a school keeps in a spreadsheet.

A row is an agreement that stands if it is with the same facilities, for the same programmes and from the
same first day. One that is being made has no first day yet: the row that gives it one is that agreement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from marketplace.access import Actor
from marketplace.agreements import queries, services, words
from marketplace.agreements.models import Agreement, Stage
from marketplace.filters import day
from marketplace.imports import agreement_rows
from marketplace.imports.agreement_names import Names, Reader, known_to, resolve
from marketplace.imports.models import UploadKind
from marketplace.imports.plans import Act, Plan, Source, Step
from marketplace.tables import Checked, Values, doubtful_ranks

#: What stands, by school and facilities.
Standing = dict[tuple[int, frozenset[int]], list[Agreement]]
_RELATED = {"facility_ids": "facilities", "programme_ids": "programmes", "site_ids": "sites"}


def plan(actor: Actor, checked: Checked, now: datetime) -> Plan:
    """What the file would do."""
    found = Plan(
        problems=list(checked.problems),
        unused=checked.table.unused,
        doubtful=doubtful_ranks(checked.table),
        rows=len(checked.table.rows),
    )
    known = known_to(actor, checked)
    standing: Standing = defaultdict(list)
    for each in queries.of_schools(actor):
        standing[each.school_id, frozenset(_stands(each, "facility_ids"))].append(each)
    taken: set[int] = set()
    for line, values in checked.rows:
        before = len(found.problems)
        fields = resolve(Reader(line, checked, found), values, known)
        if len(found.problems) == before:
            found.steps.append(_step(line, fields, known, standing, taken))
    return found


def _step(line: int, fields: Values, known: Names, standing: Standing, taken: set[int]) -> Step:
    """What happens to a row; `taken` are the agreements that rows before it are."""
    what = fields.get("party") or known.of_facilities(fields["facility_ids"])
    old = _same(standing[fields["school_id"], frozenset(fields["facility_ids"])], fields, taken)
    if old is None:
        return Step(line, Act.NEW, what, _entered(fields, known), "create", fields)
    taken.add(old.id)
    before = {name: _stands(old, name) for name in fields}
    filled = ("party", "requested_on")  # what is left empty of these is filled in for people
    fields |= {name: before[name] for name in filled if name in fields and not fields[name]}
    changed = [name for name in fields if before[name] != fields[name]]
    if not changed:
        return Step(line, Act.UNCHANGED, what, (gettext("stands as it is"),))
    said = [
        f"{_label(name)}: {_word(name, before[name], known)} → {_word(name, fields[name], known)}"
        for name in changed
    ]
    return Step(line, Act.CHANGED, what, tuple(said), "edit", fields, old.id)


def _same(standing: Sequence[Agreement], fields: Values, taken: set[int]) -> Agreement | None:
    """The agreement that a row is: from the same day, else the one that is still being made."""
    free = [each for each in standing if each.id not in taken]
    if "programme_ids" in fields:
        free = [each for each in free if _stands(each, "programme_ids") == fields["programme_ids"]]
    free.sort(key=lambda each: each.id)
    first = fields.get("starts_on")
    dated = [each for each in free if first is not None and each.starts_on == first]
    making = [each for each in free if each.stage is not Stage.ACTIVE]
    return next(iter(dated + making), None)


def _stands(agreement: Agreement, name: str) -> Any:
    if name in _RELATED:
        return sorted(each.id for each in getattr(agreement, _RELATED[name]))
    return getattr(agreement, name)


def _entered(fields: Values, known: Names) -> tuple[str, ...]:
    """What is said of a new agreement."""
    stage = words.stage_label(fields["stage"])
    said = [gettext("is entered: %(stage)s, %(dates)s", stage=stage, dates=_dates(fields))]
    narrow = [name for name in ("programme_ids", "site_ids") if fields.get(name)]
    return (*said, *(f"{_label(name)}: {_word(name, fields[name], known)}" for name in narrow))


def _dates(fields: Values) -> str:
    first, last = fields.get("starts_on"), fields.get("ends_on")
    if first is None:
        return gettext("no dates yet")
    return f"{day(first)} – {day(last)}" if last else gettext("from %(day)s, no end", day=day(first))


def _label(name: str) -> str:
    return {
        "stage": gettext("How far it is"),
        "starts_on": gettext("First day"),
        "ends_on": gettext("Last day"),
        "programme_ids": gettext("Programmes"),
        "site_ids": gettext("Sites"),
        "party": gettext("Who signs"),
        "notice_days": gettext("Notice days"),
        "survives": gettext("Students may finish"),
        "requested_on": gettext("Asked for on"),
        "target_on": gettext("Signature expected"),
        "lead_days": gettext("Signing takes"),
        "owner_id": gettext("Who sees to it"),
        "note": gettext("Note"),
    }[name]


def _word(name: str, value: Any, known: Names) -> str:
    """A value as people read it."""
    if name == "programme_ids":
        named = [p.name for school in known.schools for p in school.programmes if p.id in value]
        return ", ".join(named) or gettext("all")
    if name == "site_ids":
        named = [site.name for sites in known.sites.values() for site in sites if site.id in value]
        return ", ".join(named) or gettext("all")
    if name == "owner_id":
        named = [user.name for people in known.people.values() for user in people if user.id == value]
        return named[0] if named else "–"
    if isinstance(value, Stage):
        return str(words.stage_label(value))
    if isinstance(value, date):
        return day(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    text = "" if value is None else str(value)
    return (text[:57] + "…" if len(text) > 58 else text) or "–"


def write(actor: Actor, plan: Plan, link: str, now: datetime) -> None:
    """Enter and change agreements. Raises NotFound where the actor may not, or someone was faster."""
    for step in plan.writes:
        fields = dict(step.values)
        school_id = fields.pop("school_id")
        if step.target is None:
            services.create(actor, school_id, now=now, **fields)
        else:
            stands = queries.own(actor, step.target, lock=True)
            fields = {name: _stands(stands, name) for name in _RELATED} | fields
            services.edit(actor, step.target, now=now, **fields)


SOURCE = Source(
    UploadKind.AGREEMENTS,
    agreement_rows.LAYOUT,
    agreement_rows.parse,
    agreement_rows.key,
    plan,
    write,
    example=(
        tuple(name for name, _needed, _note in agreement_rows.HINTS if name != "School"),
        (
            "Example Hospital",
            "Signed",
            "2027-01-01",
            "2029-12-31",
            "",
            "",
            "",
            "60",
            "Yes",
            "",
            "",
            "",
            "",
            "",
        ),
    ),
    hints=agreement_rows.HINTS,
)
