"""Places given before the match; an assignment without a rank.

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preassigned",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=True),
        sa.Column("named_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["match_round.id"], name=op.f("fk_preassigned_round_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_preassigned_student_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_preassigned_slot_id")),
        sa.ForeignKeyConstraint(
            ["named_by_id"],
            ["user_account.id"],
            name=op.f("fk_preassigned_named_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("round_id", "student_id", name=op.f("pk_preassigned")),
    )
    op.create_index("ix_preassigned_slot", "preassigned", ["slot_id"])
    _check("slot_id IS NOT NULL OR rank IS NULL")


def downgrade() -> None:
    op.execute("UPDATE assignment SET rank = 1 WHERE slot_id IS NOT NULL AND rank IS NULL")
    _check("(slot_id IS NULL) = (rank IS NULL)")
    op.drop_index("ix_preassigned_slot", table_name="preassigned")
    op.drop_table("preassigned")


def _check(rule: str) -> None:
    with op.batch_alter_table("assignment", reflect_kwargs={"resolve_fks": False}) as table:
        table.drop_constraint(op.f("ck_assignment_rank"), type_="check")
        table.create_check_constraint(op.f("ck_assignment_rank"), rule)
