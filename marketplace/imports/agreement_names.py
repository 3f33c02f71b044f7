"""What the rows of a file of agreements name: schools, facilities, sites, programmes and people.

A name of nothing, or of several, is a problem of its row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.agreements import queries
from marketplace.cells import Problem, fold
from marketplace.db import db
from marketplace.facilities.models import Facility, Site
from marketplace.imports.plans import Plan
from marketplace.schools import queries as schools
from marketplace.schools.models import School
from marketplace.tables import Checked, Values


@dataclass(slots=True)
class Names:
    """What rows may name, by folded name or by the id of what it belongs to."""

    schools: Sequence[School]
    facilities: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    sites: dict[int, list[Site]] = field(default_factory=lambda: defaultdict(list))
    people: dict[int, list[User]] = field(default_factory=dict)

    def of_facilities(self, ids: Iterable[int]) -> str:
        """Facilities as people read them."""
        known = {id_: name for named in self.facilities.values() for id_, name in named.items()}
        return ", ".join(known[id_] for id_ in ids)


@dataclass(frozen=True, slots=True)
class Reader:
    """One row: notes a flaw of a column with how to mend it."""

    line: int
    checked: Checked
    plan: Plan

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self.checked.table.headings

    def wrong(self, name: str, reason: str, mend: str) -> None:
        """Note a flaw."""
        headings = self.checked.table.headings
        self.plan.problems.append(Problem(self.line, headings.get(name, name), reason, mend))


def known_to(actor: Actor, checked: Checked) -> Names:
    """What the rows of this file may name; a facility also by a name it had before a merge."""
    found = Names(schools.coordinated(actor))
    wanted = {fold(name) for _line, values in checked.rows for name in values["facilities"]}
    verified = sa.select(Facility.id, Facility.name, Facility.aliases)
    verified = verified.where(Facility.verified_at.is_not(None)).order_by(Facility.name, Facility.id)
    for id_, name, aliases in db.session.execute(verified):
        for each in wanted.intersection(fold(one) for one in (name, *aliases)):
            found.facilities[each][id_] = name
    ids = {id_ for named in found.facilities.values() for id_ in named}
    sites = sa.select(Site).where(Site.facility_id.in_(ids)).order_by(Site.name, Site.id)
    for site in db.session.scalars(sites):
        found.sites[site.facility_id].append(site)
    for school in found.schools:
        found.people[school.id] = list(queries.colleagues([school.id]))
    return found


def resolve(reader: Reader, values: Values, known: Names) -> Values:
    """The row's values as the services take them; of columns that the file lacks, none."""
    school = _school(reader, values["school"], known)
    if school is None:
        return {}
    fields = {**values["agreement"], "school_id": school.id}
    fields["facility_ids"] = _facilities(reader, values["facilities"], known)
    if reader.has("programmes"):
        of = school.programmes
        fields["programme_ids"] = _all(reader, "programmes", values["programmes"], of, lambda p: (p.name,))
    if reader.has("sites"):
        sites = [site for id_ in fields["facility_ids"] for site in known.sites[id_]]
        fields["site_ids"] = _all(reader, "sites", values["sites"], sites, lambda s: (s.name, s.zip))
    if reader.has("owner"):
        fields["owner_id"] = _owner(reader, values["owner"], known.people[school.id])
    return fields


def _school(reader: Reader, name: str, known: Names) -> School | None:
    found = [each for each in known.schools if not name or fold(each.name) == fold(name)]
    if len(found) == 1:
        return found[0]
    mend = _("write one of: %(choice)s", choice=", ".join(each.name for each in known.schools))
    said = _("%(value)s is no school of yours", value=repr(name)) if name else _("it is not clear whose")
    reader.wrong("school", said, mend)
    return None


def _facilities(reader: Reader, names: Iterable[str], known: Names) -> list[int]:
    found: set[int] = set()
    for name in names:
        named = known.facilities.get(fold(name), {})
        found.update(named if len(named) == 1 else ())
        if len(named) > 1:
            mend = _("enter this one on the page of agreements, where you can choose")
            said = _("%(n)s verified facilities are called %(value)s", n=len(named), value=repr(name))
            reader.wrong("facilities", said, mend)
        elif not named:
            mend = _("check the name; invite the facility first if it is new here")
            said = _("no verified facility is called %(value)s", value=repr(name))
            reader.wrong("facilities", said, mend)
    return sorted(found)


def _all(
    reader: Reader,
    column: str,
    names: Iterable[str],
    of: Sequence[Any],
    called: Callable[[Any], tuple[str, ...]],
) -> list[int]:
    """The ids of what is named."""
    found = set()
    for name in names:
        named = [each for each in of if fold(name) in {fold(word) for word in called(each)}]
        if len(named) == 1:
            found.add(named[0].id)
        else:
            said = _("%(value)s is not one of those there are", value=repr(name))
            if named:
                said = _("%(value)s is the name of several", value=repr(name))
            choice = "; ".join(" ".join(called(each)) for each in of)
            mend = (
                _("write some of: %(choice)s", choice=choice) if of else _("there is none yet: add it first")
            )
            reader.wrong(column, said, mend)
    return sorted(found)


def _owner(reader: Reader, email: str, people: Sequence[User]) -> int | None:
    named = [user.id for user in people if user.email.lower() == email]
    if email and not named:
        mend = _("write one of: %(choice)s", choice=", ".join(user.email for user in people))
        reader.wrong("owner", _("%(value)s is no coordinator of this school", value=repr(email)), mend)
    return named[0] if named else None
