"""Files kept until confirmed, drafts prepared for facilities, names on invitations.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("students", "slots", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_upload_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_expires_at"), "upload", ["expires_at"])
    op.create_table(
        "prepared_slot",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("imported", sa.JSON(), nullable=False),
        sa.Column("prepared_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_prepared_slot_slot_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_prepared_slot_school_id")),
        sa.PrimaryKeyConstraint("slot_id", name=op.f("pk_prepared_slot")),
        sa.UniqueConstraint("school_id", "reference", name=op.f("uq_prepared_slot_school_id_reference")),
    )
    # Not by rebuilding the table, for which SQLite would have to reflect an index it can't. The default stays.
    op.add_column(
        "invitation", sa.Column("name", sa.String(length=120), nullable=False, server_default=sa.text("''"))
    )


def downgrade() -> None:
    op.drop_column("invitation", "name")
    op.drop_table("prepared_slot")
    op.drop_table("upload")
