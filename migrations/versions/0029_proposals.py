"""Proposed sites and schools.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("site", "school", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("proposer_id", sa.Integer(), nullable=True),
        sa.Column("proposer_email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("employer", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(length=600), nullable=False),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=600), nullable=False),
        sa.CheckConstraint("(kind = 'site') = (school_id IS NOT NULL)", name=op.f("ck_proposal_queue")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["user_account.id"],
            name=op.f("fk_proposal_answered_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["proposer_id"], ["user_account.id"], name=op.f("fk_proposal_proposer_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_proposal_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_proposer_id"), "proposal", ["proposer_id"], unique=False)
    op.create_index(op.f("ix_proposal_school_id"), "proposal", ["school_id"], unique=False)
    op.create_index("ix_proposal_waiting", "proposal", ["kind", "answered_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_proposal_waiting", table_name="proposal")
    op.drop_index(op.f("ix_proposal_school_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_proposer_id"), table_name="proposal")
    op.drop_table("proposal")
