"""The first placement day of a round, from which its calendar is counted back.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("match_round") as table:
        table.add_column(sa.Column("first_day", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("match_round") as table:
        table.drop_column("first_day")
