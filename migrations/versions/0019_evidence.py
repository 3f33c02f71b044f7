"""The signs that verify a facility, each with who checked it and when.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_LIVE = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "facility_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column(
            "sign",
            sa.Enum(
                "call-back",
                "email-domain",
                "directory-entry",
                "agreement",
                name="sign",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("checked_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("checked_by", sa.String(length=120), nullable=False),
        sa.Column("withdrawn_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["checked_by_id"],
            ["user_account.id"],
            name=op.f("fk_facility_evidence_checked_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_facility_evidence_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_evidence")),
    )
    op.create_index(op.f("ix_facility_evidence_facility_id"), "facility_evidence", ["facility_id"])
    op.create_index(
        "uq_facility_evidence_sign",
        "facility_evidence",
        ["facility_id", "sign"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


def downgrade() -> None:
    op.drop_table("facility_evidence")
