"""Keep a file for an hour, plan it as things stand, write the plan that was shown. Never the file system."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import tables
from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.cells import Problem
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.imports.models import Upload, UploadKind
from marketplace.imports.plans import Act, Plan, Source
from marketplace.schools.models import School

KEPT_FOR = timedelta(hours=1)
#: Less than what a web server would write to a temporary file.
MOST_BYTES = 400_000
MOST_ROWS = 1_000


def keep(actor: Actor, source: Source, filename: str, content: bytes, *, now: datetime) -> None:
    """Keep the actor's file until it is confirmed; it takes the place of an earlier one of its kind.

    Raises DomainError("too_large").
    """
    if len(content) > MOST_BYTES:
        raise DomainError("too_large", field="file", most=MOST_BYTES)
    forget_expired(now)
    discard(actor, source)
    db.session.add(
        Upload(
            user_id=actor.user_id,
            kind=source.kind,
            filename=filename.strip()[-200:] or f"{source.kind.value}.csv",
            content=content,
            expires_at=now + KEPT_FOR,
        )
    )
    db.session.flush()


def kept(actor: Actor, kind: UploadKind, *, now: datetime) -> Upload:
    """The actor's own kept file. Raises NotFound where there is none any more."""
    found = db.session.get(Upload, (actor.user_id, kind))
    if found is None or found.expires_at <= now:
        raise NotFound("upload")
    return found


def discard(actor: Actor, source: Source) -> None:
    """Forget the actor's file of a kind, if there is one."""
    mine = (Upload.user_id == actor.user_id, Upload.kind == source.kind)
    db.session.execute(sa.delete(Upload).where(*mine))


def forget_expired(now: datetime) -> int:
    """Delete the files that nobody confirmed in time; a chore of the nightly job."""
    gone = db.session.execute(sa.delete(Upload).where(Upload.expires_at <= now))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def plan(actor: Actor, source: Source, content: bytes, *, now: datetime) -> Plan:
    """What the file would do as things stand now."""
    checked = tables.check(content, source.layout, source.parse, source.key)
    if len(checked.table.rows) > MOST_ROWS:
        count = len(checked.table.rows)
        reason = gettext("%(count)s rows, at most %(most)s fit", count=count, most=MOST_ROWS)
        return Plan(problems=[Problem(0, "", reason, gettext("split the file"))], rows=count)
    found = source.plan(actor, checked, now)
    found.problems.sort(key=lambda problem: (problem.line, problem.column))
    return found


def confirm(actor: Actor, source: Source, *, seal: str, understood: bool, link: str, now: datetime) -> Plan:
    """Write the kept file and forget it. ``seal`` names the plan that the person saw.

    Raises DomainError("refused") while a row is bad, DomainError("doubtful") where a column that looks like
    a rank or score was not acknowledged, Conflict where the plan is another by now.
    """
    schools = sa.select(School.id).where(School.id.in_(actor.coordinated_schools)).order_by(School.id)
    db.session.execute(schools.with_for_update())  # two imports at once would both invite
    upload = kept(actor, source.kind, now=now)
    found = plan(actor, source, upload.content, now=now)
    if found.problems:
        raise DomainError("refused")
    if found.seal != seal:
        raise Conflict("plan_changed")
    if found.doubtful and not understood:
        raise DomainError("doubtful")
    source.write(actor, found, link, now)
    counts = {act.value: len(found.of(act)) for act in Act}
    audit.record(actor, f"imported {source.kind.value}", upload, now=now, **counts)
    discard(actor, source)
    return found
