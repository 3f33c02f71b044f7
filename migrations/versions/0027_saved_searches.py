"""Saved searches, and which slots a person was told of.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "daily", "weekly", "never", name="cadence", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("since", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("due_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_saved_search_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("user_id", "address", name=op.f("uq_saved_search_user_id_address")),
    )
    op.create_index("ix_saved_search_due", "saved_search", ["cadence", "due_at", "id"], unique=False)
    op.create_table(
        "told_slot",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("told_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_told_slot_slot_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_told_slot_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "slot_id", name=op.f("pk_told_slot")),
    )
    op.create_index("ix_told_slot_slot", "told_slot", ["slot_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_told_slot_slot", table_name="told_slot")
    op.drop_table("told_slot")
    op.drop_index("ix_saved_search_due", table_name="saved_search")
    op.drop_table("saved_search")
