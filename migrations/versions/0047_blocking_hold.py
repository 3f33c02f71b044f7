"""A hold for results of couples in which pairs block.

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

#: Other tables are left alone: their indexes on expressions cannot be reflected.
_HERE = {"resolve_fks": False}
_CAUSES = ("programme", "school", "student_reversed", "slot_reversed", "slot_against")


def _causes(*causes: str) -> sa.Enum:
    return sa.Enum(*causes, name="cause", native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    with op.batch_alter_table("release_hold", reflect_kwargs=_HERE) as table:
        table.alter_column(
            "cause",
            existing_type=_causes(*_CAUSES),
            type_=_causes(*_CAUSES, "blocking"),
            existing_nullable=False,
        )


def downgrade() -> None:
    op.execute("DELETE FROM release_hold WHERE cause = 'blocking'")
    with op.batch_alter_table("release_hold", reflect_kwargs=_HERE) as table:
        table.alter_column(
            "cause",
            existing_type=_causes(*_CAUSES, "blocking"),
            type_=_causes(*_CAUSES),
            existing_nullable=False,
        )
