"""Runs, seals, publications, assignments.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "rehearsal", "official", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("run_key", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.String(length=36), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("problem_sha256", sa.String(length=64), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("totals", sa.JSON(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["match_round.id"], name=op.f("fk_match_run_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
        sa.UniqueConstraint("round_id", "kind", "run_key", name=op.f("uq_match_run_round_id_kind_run_key")),
    )
    op.create_table(
        "seal",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("problem_sha256", sa.String(length=64), nullable=False),
        sa.Column("leaves", sa.JSON(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["match_round.id"], name=op.f("fk_seal_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_seal")),
    )
    op.create_table(
        "publication",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("released_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["released_by_id"],
            ["user_account.id"],
            name=op.f("fk_publication_released_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["round_id"], ["match_round.id"], name=op.f("fk_publication_round_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_publication_run_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_publication")),
    )
    op.create_table(
        "assignment",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.CheckConstraint("(slot_id IS NULL) = (rank IS NULL)", name=op.f("ck_assignment_rank")),
        sa.ForeignKeyConstraint(["round_id"], ["publication.round_id"], name=op.f("fk_assignment_round_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_assignment_slot_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_assignment_student_id")),
        sa.PrimaryKeyConstraint("round_id", "student_id", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_slot", "assignment", ["round_id", "slot_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_assignment_slot", table_name="assignment")
    op.drop_table("assignment")
    op.drop_table("publication")
    op.drop_table("seal")
    op.drop_table("match_run")
