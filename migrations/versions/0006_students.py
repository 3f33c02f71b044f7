"""Student profiles.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "student",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("home_zip", sa.String(length=5), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("travel_limit", sa.Integer(), nullable=False),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("available_until", sa.Date(), nullable=True),
        sa.Column("weekly_hours", sa.Integer(), nullable=True),
        sa.Column("remote_ok", sa.Boolean(), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("experience", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("approved_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("updated_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("travel_limit BETWEEN 0 AND 500", name=op.f("ck_student_travel_limit")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_student_programme_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_student_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student")),
        sa.UniqueConstraint("user_id", "programme_id", name=op.f("uq_student_user_id_programme_id")),
    )
    op.create_index(op.f("ix_student_programme_id"), "student", ["programme_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_student_programme_id"), table_name="student")
    op.drop_table("student")
