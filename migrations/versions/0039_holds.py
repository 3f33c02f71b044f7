"""Holds on the release of a result, and the instant at which it is released by itself.

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "programme",
                "school",
                "student_reversed",
                "slot_reversed",
                "slot_against",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("found_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("cleared_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("cleared_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(cleared_at IS NULL) = (reason = '')", name=op.f("ck_release_hold_reason")),
        sa.ForeignKeyConstraint(
            ["cleared_by_id"],
            ["user_account.id"],
            name=op.f("fk_release_hold_cleared_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["match_run.id"], name=op.f("fk_release_hold_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_hold")),
        sa.UniqueConstraint(
            "run_id", "cause", "subject_id", name=op.f("uq_release_hold_run_id_cause_subject_id")
        ),
    )
    op.create_table(
        "release_plan",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("release_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("planned_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("planned_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["planned_by_id"],
            ["user_account.id"],
            name=op.f("fk_release_plan_planned_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["match_run.id"], name=op.f("fk_release_plan_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_release_plan")),
    )


def downgrade() -> None:
    op.drop_table("release_plan")
    op.drop_table("release_hold")
