"""What hosts say of a released result.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host_answer",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "confirmed", "questioned", name="answer", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("answered_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["user_account.id"],
            name=op.f("fk_host_answer_answered_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["publication.round_id"], name=op.f("fk_host_answer_round_id")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_host_answer_slot_id")),
        sa.PrimaryKeyConstraint("round_id", "slot_id", name=op.f("pk_host_answer")),
    )


def downgrade() -> None:
    op.drop_table("host_answer")
