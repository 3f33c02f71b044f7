"""Courses of programmes, which of them a student takes, and a programme's field of study.

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "programme", sa.Column("field", sa.String(length=40), nullable=False, server_default=sa.text("''"))
    )
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("hours", sa.SmallInteger(), nullable=False),
        sa.Column("modalities", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("hours BETWEEN 1 AND 2000", name=op.f("ck_course_hours")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_course_dates")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_course_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("programme_id", "name", name=op.f("uq_course_programme_id_name")),
    )
    op.create_table(
        "student_course",
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_student_course_student_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_student_course_course_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("student_id", name=op.f("pk_student_course")),
    )
    op.create_index(op.f("ix_student_course_course_id"), "student_course", ["course_id"])


def downgrade() -> None:
    op.drop_table("student_course")
    op.drop_table("course")
    op.drop_column("programme", "field")
