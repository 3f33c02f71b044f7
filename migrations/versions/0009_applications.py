"""Applications and disclosures.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("consented_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["match_round.id"], name=op.f("fk_application_round_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_application_slot_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_application_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint(
            "round_id", "student_id", "slot_id", name=op.f("uq_application_round_id_student_id_slot_id")
        ),
    )
    op.create_index("ix_application_slot", "application", ["round_id", "slot_id"], unique=False)
    op.create_index(op.f("ix_application_slot_id"), "application", ["slot_id"], unique=False)
    op.create_index(op.f("ix_application_student_id"), "application", ["student_id"], unique=False)
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_disclosure_application_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_disclosure_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_application_id"), "disclosure", ["application_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_disclosure_application_id"), table_name="disclosure")
    op.drop_table("disclosure")
    op.drop_index(op.f("ix_application_student_id"), table_name="application")
    op.drop_index(op.f("ix_application_slot_id"), table_name="application")
    op.drop_index("ix_application_slot", table_name="application")
    op.drop_table("application")
