"""How an address wants its mail, whether mail to it comes back, and mail that waits for a digest.

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column(
            "choice",
            sa.Enum("at-once", "daily", "needed", name="choice", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("failed_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("address", name=op.f("uq_mailbox_address")),
    )
    op.add_column(
        "outbox_message", sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "outbox_message",
        sa.Column("unsubscribe", sa.String(length=600), nullable=False, server_default=sa.text("''")),
    )


def downgrade() -> None:
    op.execute("DELETE FROM outbox_message WHERE digest AND sent_at IS NULL")  # else all would go at once
    op.drop_column("outbox_message", "unsubscribe")
    op.drop_column("outbox_message", "digest")
    op.drop_table("mailbox")
