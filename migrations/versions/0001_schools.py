"""Schools and their programmes.

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("name", name=op.f("uq_school_name")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "certificate",
                "associate",
                "bachelor",
                "master",
                "post-bachelor",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("required_hours", sa.Integer(), nullable=False),
        sa.CheckConstraint("required_hours BETWEEN 1 AND 2000", name=op.f("ck_programme_required_hours")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_programme_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_programme_school_id_name")),
    )


def downgrade() -> None:
    op.drop_table("programme")
    op.drop_table("school")
