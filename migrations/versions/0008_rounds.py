"""Rounds and who takes part.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "draft",
                "recruiting",
                "applying",
                "ranking",
                "locked",
                "computed",
                "released",
                "clearing",
                "closed",
                "archived",
                "cancelled",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("recruiting_opens_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("applying_opens_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("applying_closes_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ranking_opens_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ranking_closes_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("release_planned_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("use_last_draft", sa.Boolean(), nullable=False),
        sa.Column("lottery_secret", sa.String(length=64), nullable=False),
        sa.Column("lottery_commitment", sa.String(length=64), nullable=False),
        sa.Column("given_seed", sa.String(length=64), nullable=True),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("released_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "recruiting_opens_at <= applying_opens_at AND applying_opens_at <= ranking_opens_at AND ranking_opens_at < ranking_closes_at AND applying_opens_at < applying_closes_at AND applying_closes_at <= ranking_closes_at",
            name=op.f("ck_match_round_calendar"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_match_round_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_round")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_match_round_school_id_name")),
    )
    op.create_index(op.f("ix_match_round_phase"), "match_round", ["phase"], unique=False)
    op.create_table(
        "round_programme",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_round_programme_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["match_round.id"], name=op.f("fk_round_programme_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "programme_id", name=op.f("pk_round_programme")),
    )
    op.create_index("ix_round_programme_programme", "round_programme", ["programme_id"], unique=False)
    op.create_table(
        "round_student",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["match_round.id"], name=op.f("fk_round_student_round_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_round_student_student_id")),
        sa.PrimaryKeyConstraint("round_id", "student_id", name=op.f("pk_round_student")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_round_student_round_id_code")),
    )
    op.create_index("ix_round_student_student", "round_student", ["student_id"], unique=False)
    op.create_table(
        "round_slot",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["match_round.id"], name=op.f("fk_round_slot_round_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_round_slot_slot_id")),
        sa.PrimaryKeyConstraint("round_id", "slot_id", name=op.f("pk_round_slot")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_round_slot_round_id_code")),
    )
    op.create_index("ix_round_slot_slot", "round_slot", ["slot_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_round_slot_slot", table_name="round_slot")
    op.drop_table("round_slot")
    op.drop_index("ix_round_student_student", table_name="round_student")
    op.drop_table("round_student")
    op.drop_index("ix_round_programme_programme", table_name="round_programme")
    op.drop_table("round_programme")
    op.drop_index(op.f("ix_match_round_phase"), table_name="match_round")
    op.drop_table("match_round")
