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
    op.add_column("couple", sa.Column("code", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("couple", "code")
