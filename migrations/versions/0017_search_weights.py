"""The weight of a slot's words, and the edition of its index.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("slot_term", sa.Column("weight", sa.SmallInteger(), server_default="0", nullable=False))
    op.create_index("ix_slot_term_weight", "slot_term", ["term", "weight", "slot_id"], unique=False)
    op.add_column("slot", sa.Column("indexed", sa.SmallInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("slot") as batch:
        batch.drop_column("indexed")
    op.drop_index("ix_slot_term_weight", table_name="slot_term")
    with op.batch_alter_table("slot_term") as batch:
        batch.drop_column("weight")
