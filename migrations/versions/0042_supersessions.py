"""Official runs that are superseded before their release, by two people, for a reason.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

DECIDED = sa.text("kind = 'official' AND state = 'done'")
OPEN = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    _states("queued", "running", "done", "failed", "superseded")
    op.create_index(
        "uq_match_run_decided",
        "match_run",
        ["round_id"],
        unique=True,
        sqlite_where=DECIDED,
        postgresql_where=DECIDED,
    )
    op.create_table(
        "supersession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("corrections", sa.JSON(), nullable=False),
        sa.Column("proposed_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_supersession_one_end")
        ),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name=op.f("ck_supersession_two_people")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["user_account.id"],
            name=op.f("fk_supersession_confirmed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"],
            ["user_account.id"],
            name=op.f("fk_supersession_proposed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["match_run.id"], name=op.f("fk_supersession_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supersession")),
    )
    op.create_index(
        "uq_supersession_run",
        "supersession",
        ["run_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_table("supersession")
    op.drop_index("uq_match_run_decided", table_name="match_run")
    op.execute("UPDATE match_run SET state = 'failed' WHERE state = 'superseded'")
    _states("queued", "running", "done", "failed")


def _states(*names: str) -> None:
    listed = ", ".join(f"'{name}'" for name in names)
    with op.batch_alter_table("match_run") as batch:
        batch.drop_constraint(op.f("ck_match_run_state"), type_="check")
        batch.create_check_constraint(op.f("ck_match_run_state"), f"state IN ({listed})")
