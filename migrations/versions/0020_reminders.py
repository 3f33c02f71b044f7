"""Reminders that coordinators sent.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KINDS = ("no-application", "no-list", "draft-only", "no-answer")


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["match_round.id"], name=op.f("fk_reminder_round_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_reminder_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["user_account.id"], name=op.f("fk_reminder_sent_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "round_id", "kind", "day", "user_id", name=op.f("uq_reminder_round_id_kind_day_user_id")
        ),
    )
    op.create_index(op.f("ix_reminder_user_id"), "reminder", ["user_id"])


def downgrade() -> None:
    op.drop_table("reminder")
