"""The words that the directory is searched by. The nightly job fills them for what is there already.

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_term",
        sa.Column(
            "entry",
            sa.Enum(
                "facility",
                "listing",
                "programme",
                name="entry",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "term",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "part",
            sa.Enum("self", "slots", name="part", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("entry", "term", "owner_id", "part", name=op.f("pk_directory_term")),
    )
    op.create_index("ix_directory_term_owner", "directory_term", ["entry", "owner_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_directory_term_owner", table_name="directory_term")
    op.drop_table("directory_term")
