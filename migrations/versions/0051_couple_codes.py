"""What an imported problem file calls a couple.

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("couple") as couple:
        couple.add_column(sa.Column("code", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("couple") as couple:
        couple.drop_column("code")
