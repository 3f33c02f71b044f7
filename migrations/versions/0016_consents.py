"""Consents: one immutable row per signature; disclosures by part and day.

Revision ID: 0016
Revises: 0015
"""

import json
from collections import OrderedDict
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = marketplace.db.UTCDateTime(timezone=True)
#: The records that the text of version 1 named.
RECORDS = ["name", "programme", "level", "credentials", "skills", "availability", "travel limit"]
RECORDS += ["experience", "statement", "email"]


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=160), nullable=False),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column(
            "end_reason",
            sa.Enum(
                "revoked",
                "round-over",
                "expired",
                name="end_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_consent_ended")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_consent_application_id")
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_consent_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_application", "consent", ["application_id"])
    op.create_index(op.f("ix_consent_facility_id"), "consent", ["facility_id"])
    _copy_signatures()
    op.create_index(
        "uq_consent_standing",
        "consent",
        ["application_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_column("application", "signature")
    op.drop_column("application", "consent_text")
    _log_by_day()


def downgrade() -> None:
    _log_each()
    for name, kind in (("signature", sa.String(length=120)), ("consent_text", sa.Text())):
        op.add_column("application", sa.Column(name, kind, nullable=False, server_default=""))
    newest = "(SELECT max(id) FROM consent WHERE application_id = application.id)"
    for name, source in (("signature", "signature"), ("consent_text", "text")):
        op.execute(
            f"UPDATE application SET {name} = (SELECT {source} FROM consent WHERE id = {newest})"
            f" WHERE EXISTS (SELECT 1 FROM consent WHERE application_id = application.id)"
        )
    if op.get_bind().dialect.name == "postgresql":
        for name in ("signature", "consent_text"):
            op.alter_column("application", name, server_default=None)
    op.drop_table("consent")


def _copy_signatures() -> None:
    """One row for the newest signature of each application; what it overwrote is lost already."""
    bind = op.get_bind()
    found = bind.execute(
        sa.text(
            "SELECT a.id, s.facility_id, f.name AS recipient, s.title, r.name AS round, a.consent_text,"
            " a.signature, a.consented_at, a.withdrawn_at, s.ends_on, r.release_planned_at"
            " FROM application a JOIN slot s ON s.id = a.slot_id JOIN facility f ON f.id = s.facility_id"
            " JOIN match_round r ON r.id = a.round_id ORDER BY a.id"
        ).columns(
            consented_at=INSTANT,
            withdrawn_at=INSTANT,
            ends_on=sa.Date(),
            release_planned_at=INSTANT,
        )
    )
    rows = [
        {
            "application_id": row.id,
            "facility_id": row.facility_id,
            "recipient": row.recipient,
            "records": json.dumps(RECORDS),
            "purpose": f"to decide about my application for “{row.title}” in the round “{row.round}”",
            "text": row.consent_text,
            "text_version": 1,
            "signature": row.signature,
            "signed_at": row.consented_at,
            "ends_at": _ends_at(row.ends_on, row.release_planned_at),
            "ended_at": row.withdrawn_at,
            "end_reason": "revoked" if row.withdrawn_at else None,
        }
        for row in found
    ]
    if rows:
        names = list(rows[0])
        table = sa.table("consent", *(sa.column(n, INSTANT if n.endswith("_at") else None) for n in names))
        table.c.records.type = sa.Text()
        if bind.dialect.name == "postgresql":
            table.c.records.type = sa.JSON()
            rows = [{**row, "records": RECORDS} for row in rows]
        bind.execute(table.insert(), rows)


def _ends_at(ends_on, release_planned_at):
    last = max(ends_on, (release_planned_at + timedelta(days=30)).date())
    return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)


def _log_by_day() -> None:
    bind = op.get_bind()
    query = sa.text("SELECT application_id, user_id, at FROM disclosure ORDER BY at, id").columns(at=INSTANT)
    days = OrderedDict()
    for application_id, user_id, at in bind.execute(query):
        key = (application_id, user_id, at.astimezone(UTC).date())
        first, _last, times = days.get(key, (at, at, 0))
        days[key] = (first, at, times + 1)
    op.drop_table("disclosure")
    table = op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "line",
                "profile",
                "contact",
                name="what",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times >= 1", name=op.f("ck_disclosure_times")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_disclosure_application_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_disclosure_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
        sa.UniqueConstraint(
            "application_id",
            "user_id",
            "what",
            "day",
            name=op.f("uq_disclosure_application_id_user_id_what_day"),
        ),
    )
    op.create_index(op.f("ix_disclosure_application_id"), "disclosure", ["application_id"])
    rows = [
        {
            "application_id": application_id,
            "user_id": user_id,
            "what": "profile",
            "day": day,
            "at": first,
            "last_at": last,
            "times": times,
        }
        for (application_id, user_id, day), (first, last, times) in days.items()
    ]
    if rows:
        bind.execute(table.insert(), rows)


def _log_each() -> None:
    bind = op.get_bind()
    query = sa.text("SELECT application_id, user_id, last_at FROM disclosure ORDER BY last_at, id")
    rows = [
        {"application_id": a, "user_id": u, "at": at}
        for a, u, at in bind.execute(query.columns(last_at=INSTANT))
    ]
    op.drop_table("disclosure")
    table = op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_disclosure_application_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_disclosure_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_application_id"), "disclosure", ["application_id"])
    if rows:
        bind.execute(table.insert(), rows)
