"""Rules of a round (reasons, couples, answers, appeals, contribution) and minimum cohorts of slots.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("match_round") as table:
        table.add_column(
            sa.Column(
                "explanation",
                sa.Enum(
                    "coarse", "detailed", name="explanation", native_enum=False, create_constraint=True, length=40
                ),
                nullable=False,
                server_default="coarse",
            )
        )
        table.add_column(sa.Column("couples", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("confirm_days", sa.SmallInteger(), nullable=False, server_default="7"))
        table.add_column(sa.Column("appeal_days", sa.SmallInteger(), nullable=False, server_default="5"))
        table.add_column(
            sa.Column("contribution_source", sa.String(length=200), nullable=False, server_default="")
        )
        table.add_column(
            sa.Column("contribution_at", marketplace.db.UTCDateTime(timezone=True), nullable=True)
        )
        table.add_column(sa.Column("contribution", sa.String(length=200), nullable=False, server_default=""))
        table.create_check_constraint(
            op.f("ck_match_round_contribution_source"), "(contribution_source = '') = (contribution_at IS NULL)"
        )
        table.create_check_constraint(
            op.f("ck_match_round_confirm_days"), "confirm_days BETWEEN 1 AND 60"
        )
        table.create_check_constraint(op.f("ck_match_round_appeal_days"), "appeal_days BETWEEN 0 AND 30")
    with op.batch_alter_table("match_round") as table:
        for name in ("explanation", "couples", "confirm_days", "appeal_days", "contribution_source", "contribution"):
            table.alter_column(name, server_default=None)
    with op.batch_alter_table("slot") as table:
        table.add_column(sa.Column("minimum", sa.SmallInteger(), nullable=False, server_default="0"))
        table.create_check_constraint(op.f("ck_slot_minimum"), "minimum BETWEEN 0 AND capacity")
    with op.batch_alter_table("slot") as table:
        table.alter_column("minimum", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("slot") as table:
        table.drop_constraint(op.f("ck_slot_minimum"), type_="check")
        table.drop_column("minimum")
    with op.batch_alter_table("match_round") as table:
        for name in ("contribution_source", "confirm_days", "appeal_days", "explanation"):
            table.drop_constraint(op.f(f"ck_match_round_{name}"), type_="check")
        for name in (
            "contribution",
            "contribution_at",
            "contribution_source",
            "appeal_days",
            "confirm_days",
            "couples",
            "explanation",
        ):
            table.drop_column(name)
