"""Uploads may be files of agreements.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _swap_check("kind IN ('students', 'slots')", "kind IN ('students', 'slots', 'agreements')")


def downgrade() -> None:
    op.execute("DELETE FROM upload WHERE kind = 'agreements'")  # kept for an hour at most
    _swap_check("kind IN ('students', 'slots', 'agreements')", "kind IN ('students', 'slots')")


def _swap_check(old: str, new: str) -> None:
    # The table is given, not reflected: SQLite would reflect the accounts with it, and an index it can't.
    with op.batch_alter_table("upload", copy_from=_upload(old)) as table:
        table.drop_constraint(op.f("ck_upload_kind"), type_="check")
        table.create_check_constraint(op.f("ck_upload_kind"), new)


def _upload(check: str) -> sa.Table:
    known = sa.MetaData()
    sa.Table("user_account", known, sa.Column("id", sa.Integer(), primary_key=True))
    return sa.Table(
        "upload",
        known,
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(check, name=op.f("ck_upload_kind")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_upload_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_upload")),
        sa.Index(op.f("ix_upload_expires_at"), "expires_at"),
    )
