"""Kinds of slots, specialities, adjacent programmes; more kinds of facilities.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = ("term", "half-day", "go-live", "shadow-day")
HOSTS = (
    "hospital",
    "clinic",
    "practice",
    "long-term-care",
    "behavioural",
    "public-health",
    "payer",
    "vendor",
)
NEW_HOSTS = ("billing", "exchange", "imaging", "laboratory", "consultancy", "other")


def upgrade() -> None:
    _swap_check("facility", "ck_facility_kind", _one_of("kind", HOSTS + NEW_HOSTS))
    columns = [
        sa.Column("kind", sa.String(length=40), nullable=False, server_default="term"),
        sa.Column("specialities", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("open_to", sa.JSON(), nullable=False, server_default="[]"),
    ]
    with op.batch_alter_table("slot") as batch:
        for column in columns:
            batch.add_column(column)
    with op.batch_alter_table("slot") as batch:
        for column in columns:
            batch.alter_column(column.name, existing_type=column.type, server_default=None)
        batch.create_check_constraint(op.f("ck_slot_kind"), _one_of("kind", KINDS))


def downgrade() -> None:
    with op.batch_alter_table("slot") as batch:
        batch.drop_constraint(op.f("ck_slot_kind"), type_="check")
        for name in ("open_to", "specialities", "kind"):
            batch.drop_column(name)
    op.execute(f"UPDATE facility SET kind = 'vendor' WHERE {_one_of('kind', NEW_HOSTS)}")
    _swap_check("facility", "ck_facility_kind", _one_of("kind", HOSTS))


def _swap_check(table: str, name: str, text: str) -> None:
    """Put a CHECK in another's place."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), text)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"

