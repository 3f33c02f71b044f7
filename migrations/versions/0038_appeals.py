"""Appeals against released results, and what-if runs for them.

Revision ID: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def _choice(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    instant = marketplace.db.UTCDateTime(timezone=True)
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column(
            "ground", _choice("ground", "data-error", "eligibility", "process", "conflict"), nullable=False
        ),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("filed_at", instant, nullable=False),
        sa.Column("withdrawn_at", instant, nullable=True),
        sa.Column("outcome", _choice("outcome", "upheld", "dismissed"), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("remedy", _choice("remedy", "extra-place", "clearing", "record"), nullable=True),
        sa.Column("remedy_slot_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", instant, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_appeal_decided")),
        sa.CheckConstraint(
            "COALESCE(outcome, '') = 'upheld' OR remedy IS NULL", name=op.f("ck_appeal_remedy_of_upheld")
        ),
        sa.CheckConstraint(
            "(COALESCE(remedy, '') = 'extra-place') = (remedy_slot_id IS NOT NULL)",
            name=op.f("ck_appeal_remedy_slot"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_appeal_decided_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["remedy_slot_id"], ["slot.id"], name=op.f("fk_appeal_remedy_slot_id")),
        sa.ForeignKeyConstraint(["round_id"], ["publication.round_id"], name=op.f("fk_appeal_round_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_appeal_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("round_id", "student_id", name=op.f("uq_appeal_round_id_student_id")),
    )
    op.create_index("ix_appeal_student_id", "appeal", ["student_id"])
    op.create_table(
        "appeal_trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("correction", _choice("correction", "eligibility", "list", "capacity"), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=True),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("rank_list_id", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("before_slot_id", sa.Integer(), nullable=True),
        sa.Column("after_slot_id", sa.Integer(), nullable=True),
        sa.Column("problem_sha256", sa.String(length=64), nullable=False),
        sa.Column("ran_at", instant, nullable=False),
        sa.Column("ran_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_trial_appeal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_appeal_trial_student_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_appeal_trial_slot_id")),
        sa.ForeignKeyConstraint(["rank_list_id"], ["rank_list.id"], name=op.f("fk_appeal_trial_rank_list_id")),
        sa.ForeignKeyConstraint(["before_slot_id"], ["slot.id"], name=op.f("fk_appeal_trial_before_slot_id")),
        sa.ForeignKeyConstraint(["after_slot_id"], ["slot.id"], name=op.f("fk_appeal_trial_after_slot_id")),
        sa.ForeignKeyConstraint(
            ["ran_by_id"], ["user_account.id"], name=op.f("fk_appeal_trial_ran_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_trial")),
    )
    op.create_index("ix_appeal_trial_appeal", "appeal_trial", ["appeal_id"])


def downgrade() -> None:
    op.drop_table("appeal_trial")
    op.drop_table("appeal")
