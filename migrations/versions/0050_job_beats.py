"""When the nightly job last ran to its end.

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_beat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("ended_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_beat")),
    )


def downgrade() -> None:
    op.drop_table("job_beat")
