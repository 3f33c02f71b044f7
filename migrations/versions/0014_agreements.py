"""Affiliation agreements, and what a round does without one.

Rounds that exist keep their rules, known from day one: agreements are not checked in them.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STAGES = ("none", "requested", "in-review", "active")
RULES = ("exclude", "conditional", "unchecked")


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=160), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(*STAGES, name="stage", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("survives", sa.Boolean(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stage <> 'active' OR starts_on IS NOT NULL", name=op.f("ck_agreement_start")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_agreement_dates")),
        sa.CheckConstraint("notice_days BETWEEN 0 AND 730", name=op.f("ck_agreement_notice_days")),
        sa.CheckConstraint("lead_days BETWEEN 1 AND 730", name=op.f("ck_agreement_lead_days")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_agreement_school_id")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_agreement_owner_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_school_id"), "agreement", ["school_id"], unique=False)
    op.create_index(op.f("ix_agreement_owner_id"), "agreement", ["owner_id"], unique=False)
    op.create_index("ix_agreement_ends_on", "agreement", ["ends_on"], unique=False)
    for other in ("programme", "facility", "site"):
        table, column = f"agreement_{other}", f"{other}_id"
        op.create_table(
            table,
            sa.Column("agreement_id", sa.Integer(), nullable=False),
            sa.Column(column, sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                ["agreement_id"], ["agreement.id"], name=op.f(f"fk_{table}_agreement_id"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}")),
            sa.PrimaryKeyConstraint("agreement_id", column, name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    with op.batch_alter_table("match_round") as batch:
        batch.add_column(
            sa.Column(
                "agreement_rule", sa.String(length=40), nullable=False, server_default="unchecked"
            )
        )
        batch.add_column(sa.Column("agreements_due_on", sa.Date(), nullable=True))
    with op.batch_alter_table("match_round") as batch:
        batch.alter_column("agreement_rule", existing_type=sa.String(length=40), server_default=None)
        batch.create_check_constraint(
            op.f("ck_match_round_agreement_rule"),
            f"agreement_rule IN ({', '.join(repr(rule) for rule in RULES)})",
        )
        batch.create_check_constraint(
            op.f("ck_match_round_agreements_due_on"),
            "(agreement_rule = 'conditional') = (agreements_due_on IS NOT NULL)",
        )


def downgrade() -> None:
    with op.batch_alter_table("match_round") as batch:
        batch.drop_constraint(op.f("ck_match_round_agreements_due_on"), type_="check")
        batch.drop_constraint(op.f("ck_match_round_agreement_rule"), type_="check")
        batch.drop_column("agreements_due_on")
        batch.drop_column("agreement_rule")
    for table in ("agreement_site", "agreement_facility", "agreement_programme", "agreement"):
        op.drop_table(table)
