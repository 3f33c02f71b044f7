"""Conversations, and reports of abuse.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.String(length=8), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held", "open", "declined", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("opened_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("reached_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("last_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column(
            "last_side",
            sa.Enum(
                "student", "facility", name="last_side", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("answered_at IS NULL OR reached_at IS NOT NULL", name=op.f("ck_thread_answered")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_thread_facility_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_thread_school_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_thread_slot_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_thread_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("facility_id", "alias", name=op.f("uq_thread_facility_id_alias")),
        sa.UniqueConstraint("student_id", "slot_id", name=op.f("uq_thread_student_id_slot_id")),
    )
    op.create_index("ix_thread_answered", "thread", ["facility_id", "answered_at"], unique=False)
    op.create_index(op.f("ix_thread_school_id"), "thread", ["school_id"], unique=False)
    op.create_index(op.f("ix_thread_slot_id"), "thread", ["slot_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("student", "facility", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sender_id"], ["user_account.id"], name=op.f("fk_message_sender_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_message_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("ix_message_sender", "message", ["sender_id"], unique=False)
    op.create_index("ix_message_thread", "message", ["thread_id"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "asked-ranking",
                "message",
                "asked-health",
                "listing",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("about_coordinator", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.Column("resolution", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("(resolved_at IS NULL) = (resolution = '')", name=op.f("ck_report_resolved")),
        sa.ForeignKeyConstraint(["reporter_id"], ["user_account.id"], name=op.f("fk_report_reporter_id")),
        sa.ForeignKeyConstraint(
            ["resolved_by_id"],
            ["user_account.id"],
            name=op.f("fk_report_resolved_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_report_school_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_report_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_open", "report", ["resolved_at", "id"], unique=False)
    op.create_index(op.f("ix_report_reporter_id"), "report", ["reporter_id"], unique=False)
    op.create_index(op.f("ix_report_school_id"), "report", ["school_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_report_school_id"), table_name="report")
    op.drop_index(op.f("ix_report_reporter_id"), table_name="report")
    op.drop_index("ix_report_open", table_name="report")
    op.drop_table("report")
    op.drop_index("ix_message_thread", table_name="message")
    op.drop_index("ix_message_sender", table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_thread_slot_id"), table_name="thread")
    op.drop_index(op.f("ix_thread_school_id"), table_name="thread")
    op.drop_index("ix_thread_answered", table_name="thread")
    op.drop_table("thread")
