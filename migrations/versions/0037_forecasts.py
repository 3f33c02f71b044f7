"""Forecasts of each night: totals, and probabilities of students and slots.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forecast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("night", sa.String(length=20), nullable=False),
        sa.Column("made_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("days_left", sa.Double(), nullable=False),
        sa.Column("draws", sa.Integer(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("fixes", sa.JSON(), nullable=False),
        sa.CheckConstraint("draws >= 1", name=op.f("ck_forecast_draws")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["match_round.id"], name=op.f("fk_forecast_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast")),
        sa.UniqueConstraint("round_id", "night", name=op.f("uq_forecast_round_id_night")),
    )
    for table, owner, more in (
        ("student_forecast", "student", []),
        ("slot_forecast", "slot", [sa.Column("taken", sa.Double(), nullable=False)]),
    ):
        op.create_table(
            table,
            sa.Column("forecast_id", sa.Integer(), nullable=False),
            sa.Column(f"{owner}_id", sa.Integer(), nullable=False),
            sa.Column("probability", sa.Double(), nullable=False),
            sa.Column("tonight", sa.Double(), nullable=False),
            *more,
            sa.CheckConstraint(
                "probability BETWEEN 0 AND 1 AND tonight BETWEEN 0 AND 1", name=op.f(f"ck_{table}_probability")
            ),
            sa.ForeignKeyConstraint(
                ["forecast_id"], ["forecast.id"], name=op.f(f"fk_{table}_forecast_id"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint([f"{owner}_id"], [f"{owner}.id"], name=op.f(f"fk_{table}_{owner}_id")),
            sa.PrimaryKeyConstraint("forecast_id", f"{owner}_id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{owner}_id"), table, [f"{owner}_id"], unique=False)


def downgrade() -> None:
    for table, owner in (("slot_forecast", "slot"), ("student_forecast", "student")):
        op.drop_index(op.f(f"ix_{table}_{owner}_id"), table_name=table)
        op.drop_table(table)
    op.drop_table("forecast")
