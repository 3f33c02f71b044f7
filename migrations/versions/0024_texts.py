"""Public texts and what became of each; since when a facility's texts show without being read first.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    with op.batch_alter_table("facility") as table:
        table.add_column(sa.Column("trusted_at", marketplace.db.UTCDateTime(timezone=True), nullable=True))
    # What is public already was let through under the older rule.
    op.execute("UPDATE facility SET trusted_at = verified_at")
    op.create_table(
        "public_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("posts", sa.Boolean(), nullable=False),
        sa.Column("held_for", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "approved",
                "sent-back",
                "replaced",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_public_text_facility_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_public_text_slot_id")),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["user_account.id"], name=op.f("fk_public_text_sent_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_public_text_decided_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_text")),
    )
    op.create_index("ix_public_text_state", "public_text", ["state", "id"])
    op.create_index("ix_public_text_facility_id", "public_text", ["facility_id", "slot_id", "state"])
    op.create_index(op.f("ix_public_text_slot_id"), "public_text", ["slot_id"])
    op.create_index(
        "uq_public_text_waiting",
        "public_text",
        ["facility_id", sa.text("coalesce(slot_id, 0)")],
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_table(
        "text_print",
        sa.Column("value", sa.String(length=12), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["text_id"], ["public_text.id"], name=op.f("fk_text_print_text_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("value", "text_id", name=op.f("pk_text_print")),
    )
    op.create_index(op.f("ix_text_print_text_id"), "text_print", ["text_id"])


def downgrade() -> None:
    op.drop_table("text_print")
    op.drop_table("public_text")
    with op.batch_alter_table("facility") as table:
        table.drop_column("trusted_at")
