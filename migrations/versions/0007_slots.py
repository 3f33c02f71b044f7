"""Slots, their search terms, shortlists.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "posted",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.String(length=120), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column(
            "modality",
            sa.Enum(
                "on-site",
                "hybrid",
                "remote",
                name="modality",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("preceptor_name", sa.String(length=120), nullable=False),
        sa.Column("preceptor_background", sa.String(length=200), nullable=False),
        sa.Column("ehr", sa.String(length=60), nullable=False),
        sa.Column(
            "ehr_access",
            sa.Enum(
                "none",
                "shadow",
                "training",
                "read",
                "write",
                name="ehr_access",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("task_areas", sa.JSON(), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column(
            "pay",
            sa.Enum(
                "unpaid", "stipend", "paid", name="pay", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("pay_note", sa.String(length=120), nullable=False),
        sa.Column(
            "contact_policy",
            sa.Enum(
                "open",
                "coordinator",
                "after-match",
                name="contact_policy",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "silence",
            sa.Enum("any", "none", name="silence", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("attested", sa.Boolean(), nullable=False),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("posted_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("capacity BETWEEN 1 AND 200", name=op.f("ck_slot_capacity")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_slot_dates")),
        sa.CheckConstraint("hours BETWEEN 1 AND 2000", name=op.f("ck_slot_hours")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_slot_facility_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_slot_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
    )
    op.create_index("ix_slot_facility_state", "slot", ["facility_id", "state"], unique=False)
    op.create_index("ix_slot_site", "slot", ["site_id"], unique=False)
    op.create_index(
        "ix_slot_state_posted_at",
        "slot",
        ["state", "posted_at", "id", "starts_on", "facility_id"],
        unique=False,
    )
    op.create_index(
        "ix_slot_state_starts_on", "slot", ["state", "starts_on", "id", "facility_id"], unique=False
    )
    op.create_table(
        "shortlisted",
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("added_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_shortlisted_slot_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_shortlisted_student_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("student_id", "slot_id", name=op.f("pk_shortlisted")),
    )
    op.create_index("ix_shortlisted_slot", "shortlisted", ["slot_id"], unique=False)
    op.create_table(
        "slot_term",
        sa.Column(
            "term",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_slot_term_slot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("term", "slot_id", name=op.f("pk_slot_term")),
    )
    op.create_index("ix_slot_term_slot", "slot_term", ["slot_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_slot_term_slot", table_name="slot_term")
    op.drop_table("slot_term")
    op.drop_index("ix_shortlisted_slot", table_name="shortlisted")
    op.drop_table("shortlisted")
    op.drop_index("ix_slot_state_starts_on", table_name="slot")
    op.drop_index("ix_slot_state_posted_at", table_name="slot")
    op.drop_index("ix_slot_site", table_name="slot")
    op.drop_index("ix_slot_facility_state", table_name="slot")
    op.drop_table("slot")
