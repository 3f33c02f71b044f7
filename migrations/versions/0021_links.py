"""E-mailed links, and the tokens that open them.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSTANT = marketplace.db.UTCDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "email_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "host",
                "rank",
                "confirm",
                "result",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_email_link_facility_id")),
        sa.ForeignKeyConstraint(["round_id"], ["match_round.id"], name=op.f("fk_email_link_round_id")),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["user_account.id"], name=op.f("fk_email_link_sent_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_email_link_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_link")),
    )
    op.create_index("ix_email_link_subject", "email_link", ["round_id", "slot_id", "purpose"], unique=False)
    for column in ("email", "facility_id", "sent_by_id", "slot_id"):
        op.create_index(op.f(f"ix_email_link_{column}"), "email_link", [column], unique=False)
    op.create_table(
        "link_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", INSTANT, nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("passed_sha256", sa.String(length=64), nullable=True),
        sa.Column("passed_until", INSTANT, nullable=True),
        sa.CheckConstraint("code_tries >= 0", name=op.f("ck_link_token_code_tries")),
        sa.CheckConstraint("codes_sent >= 0", name=op.f("ck_link_token_codes_sent")),
        sa.ForeignKeyConstraint(
            ["link_id"], ["email_link.id"], name=op.f("fk_link_token_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_link_token_token_sha256")),
    )
    op.create_index(op.f("ix_link_token_link_id"), "link_token", ["link_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_link_token_link_id"), table_name="link_token")
    op.drop_table("link_token")
    for column in ("slot_id", "sent_by_id", "facility_id", "email"):
        op.drop_index(op.f(f"ix_email_link_{column}"), table_name="email_link")
    op.drop_index("ix_email_link_subject", table_name="email_link")
    op.drop_table("email_link")
