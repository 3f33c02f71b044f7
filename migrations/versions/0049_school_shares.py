"""Places of a slot shared out among schools.

Revision ID: 0049
Revises: 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "school_share",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("places", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("places BETWEEN 0 AND 200", name=op.f("ck_school_share_places")),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_school_share_slot_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_school_share_school_id")),
        sa.PrimaryKeyConstraint("slot_id", "school_id", name=op.f("pk_school_share")),
    )


def downgrade() -> None:
    op.drop_table("school_share")
