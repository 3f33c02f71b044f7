"""Rounds commit to a draw key, which opens nothing but the lottery and is published at release.

Rounds that were made before have none: they committed to the secret itself, which is never published.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("match_round", sa.Column("draw_key", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("match_round", "draw_key")
