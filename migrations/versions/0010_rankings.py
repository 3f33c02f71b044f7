"""Rank order lists.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rank_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=True),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("certified", sa.Boolean(), nullable=False),
        sa.Column("then_any", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("saved_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(student_id IS NULL) <> (slot_id IS NULL)", name=op.f("ck_rank_list_one_owner")),
        sa.CheckConstraint("slot_id IS NOT NULL OR NOT then_any", name=op.f("ck_rank_list_then_any")),
        sa.ForeignKeyConstraint(["round_id"], ["match_round.id"], name=op.f("fk_rank_list_round_id")),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["user_account.id"], name=op.f("fk_rank_list_saved_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_rank_list_slot_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_rank_list_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rank_list")),
        sa.UniqueConstraint(
            "round_id", "slot_id", "version", name=op.f("uq_rank_list_round_id_slot_id_version")
        ),
        sa.UniqueConstraint(
            "round_id", "student_id", "version", name=op.f("uq_rank_list_round_id_student_id_version")
        ),
    )
    op.create_index(op.f("ix_rank_list_slot_id"), "rank_list", ["slot_id"], unique=False)
    op.create_index(op.f("ix_rank_list_student_id"), "rank_list", ["student_id"], unique=False)
    op.create_table(
        "rank_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rank_list_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("student_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(student_id IS NULL) <> (slot_id IS NULL)", name=op.f("ck_rank_entry_one_partner")
        ),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_rank_entry_rank")),
        sa.ForeignKeyConstraint(
            ["rank_list_id"], ["rank_list.id"], name=op.f("fk_rank_entry_rank_list_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_rank_entry_slot_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_rank_entry_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rank_entry")),
        sa.UniqueConstraint("rank_list_id", "slot_id", name=op.f("uq_rank_entry_rank_list_id_slot_id")),
        sa.UniqueConstraint("rank_list_id", "student_id", name=op.f("uq_rank_entry_rank_list_id_student_id")),
    )
    op.create_index(op.f("ix_rank_entry_slot_id"), "rank_entry", ["slot_id"], unique=False)
    op.create_index(op.f("ix_rank_entry_student_id"), "rank_entry", ["student_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_rank_entry_student_id"), table_name="rank_entry")
    op.drop_index(op.f("ix_rank_entry_slot_id"), table_name="rank_entry")
    op.drop_table("rank_entry")
    op.drop_index(op.f("ix_rank_list_student_id"), table_name="rank_list")
    op.drop_index(op.f("ix_rank_list_slot_id"), table_name="rank_list")
    op.drop_table("rank_list")
