"""When a facility last confirmed a slot or its own listing; slots that expired; a link to confirm.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INSTANT = marketplace.db.UTCDateTime(timezone=True)
STATES = ("draft", "posted", "expired", "closed")
PURPOSES = ("host", "rank", "confirm", "result", "still")


def upgrade() -> None:
    for table in ("facility", "slot"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("confirmed_at", INSTANT, nullable=True))
            batch.add_column(sa.Column("asks", sa.SmallInteger(), nullable=False, server_default="0"))
            batch.add_column(sa.Column("asked_at", INSTANT, nullable=True))
            if table == "facility":
                batch.add_column(sa.Column("lapsed_at", INSTANT, nullable=True))
        with op.batch_alter_table(table) as batch:
            batch.alter_column("asks", server_default=None)
    op.execute("UPDATE facility SET confirmed_at = verified_at")
    op.execute("UPDATE slot SET confirmed_at = posted_at WHERE state = 'posted'")
    _swap_check("slot", "state", STATES)
    _swap_check("email_link", "purpose", PURPOSES)


def downgrade() -> None:
    op.execute("DELETE FROM link_token WHERE link_id IN (SELECT id FROM email_link WHERE purpose = 'still')")
    op.execute("DELETE FROM email_link WHERE purpose = 'still'")
    op.execute("UPDATE slot SET state = 'posted' WHERE state = 'expired'")
    _swap_check("email_link", "purpose", PURPOSES[:-1])
    _swap_check("slot", "state", tuple(state for state in STATES if state != "expired"))
    for table in ("slot", "facility"):
        with op.batch_alter_table(table) as batch:
            for name in ("asked_at", "asks", "confirmed_at"):
                batch.drop_column(name)
            if table == "facility":
                batch.drop_column("lapsed_at")


def _swap_check(table: str, column: str, values: tuple[str, ...]) -> None:
    """Let `column` hold these values and no others."""
    name = op.f(f"ck_{table}_{column}")
    # A link names its sender; reflecting that table too would warn of its expression index.
    with op.batch_alter_table(table, reflect_kwargs={"resolve_fks": False}) as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, f"{column} IN ({', '.join(map(repr, values))})")
