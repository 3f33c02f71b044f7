"""Requirement sets, students' standing, conflicts of interest, and the limit on students out of state.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _choice(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "requirement_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("modality", _choice("modality", "on-site", "hybrid", "remote"), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_requirement_set_school_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_requirement_set_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement_set")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_requirement_set_school_id_name")),
    )
    op.create_index(op.f("ix_requirement_set_site_id"), "requirement_set", ["site_id"], unique=False)
    op.create_table(
        "requirement_item",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("due", _choice("due", "match", "start"), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["requirement_set.id"], name=op.f("fk_requirement_item_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "kind", name=op.f("pk_requirement_item")),
    )
    op.create_table(
        "requirement_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("standing", _choice("standing", "pending", "cleared", "not-cleared"), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("verifier_id", sa.Integer(), nullable=True),
        sa.Column("checked_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_on >= done_on", name=op.f("ck_requirement_record_dates")),
        sa.CheckConstraint(
            "(standing = 'pending') = (checked_at IS NULL)", name=op.f("ck_requirement_record_checked")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_requirement_record_student_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["verifier_id"],
            ["user_account.id"],
            name=op.f("fk_requirement_record_verifier_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement_record")),
    )
    op.create_index(
        "ix_requirement_record_student", "requirement_record", ["student_id", "kind"], unique=False
    )
    op.create_index("ix_requirement_record_expires_on", "requirement_record", ["expires_on"], unique=False)
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("side", _choice("side", "student", "facility", "school"), nullable=False),
        sa.Column(
            "cause", _choice("cause", "relative", "worked-here", "care", "dispute", "other"), nullable=False
        ),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("lifted_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_exclusion_student_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_exclusion_facility_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_exclusion_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
    )
    op.create_index("ix_exclusion_facility_id", "exclusion", ["facility_id"], unique=False)
    op.create_index(
        "uq_exclusion_standing",
        "exclusion",
        ["student_id", "facility_id", "side"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "employment",
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("differs", sa.String(length=1000), nullable=False),
        sa.Column("updated_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_employment_student_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_employment_facility_id")),
        sa.PrimaryKeyConstraint("student_id", "facility_id", name=op.f("pk_employment")),
    )
    op.create_index("ix_employment_facility_id", "employment", ["facility_id"], unique=False)
    with op.batch_alter_table("school") as batch:
        batch.add_column(
            sa.Column("out_of_state_limit", sa.Integer(), nullable=False, server_default="10")
        )
    with op.batch_alter_table("school") as batch:
        batch.alter_column("out_of_state_limit", existing_type=sa.Integer(), server_default=None)
        batch.create_check_constraint(
            op.f("ck_school_out_of_state_limit"), "out_of_state_limit BETWEEN 1 AND 1000"
        )


def downgrade() -> None:
    with op.batch_alter_table("school") as batch:
        batch.drop_constraint(op.f("ck_school_out_of_state_limit"), type_="check")
        batch.drop_column("out_of_state_limit")
    for table in ("employment", "exclusion", "requirement_record", "requirement_item", "requirement_set"):
        op.drop_table(table)
