"""Facilities found to be one: other names, where each went, and what moved.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("facility") as table:
        table.add_column(sa.Column("aliases", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_facility_merged_into_id"), "facility", ["merged_into_id"], ["id"]
        )
        table.create_index(op.f("ix_facility_merged_into_id"), ["merged_into_id"])
    with op.batch_alter_table("facility") as table:
        table.alter_column("aliases", server_default=None)
    op.create_table(
        "facility_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("merged_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["facility.id"], name=op.f("fk_facility_merge_kept_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["facility.id"], name=op.f("fk_facility_merge_merged_id")),
        sa.ForeignKeyConstraint(
            ["merged_by_id"],
            ["user_account.id"],
            name=op.f("fk_facility_merge_merged_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_merge")),
    )
    op.create_index(op.f("ix_facility_merge_kept_id"), "facility_merge", ["kept_id"])
    op.create_index(op.f("ix_facility_merge_merged_id"), "facility_merge", ["merged_id"])


def downgrade() -> None:
    op.drop_table("facility_merge")
    with op.batch_alter_table("facility") as table:
        table.drop_index(op.f("ix_facility_merged_into_id"))
        table.drop_constraint(op.f("fk_facility_merged_into_id"), type_="foreignkey")
        table.drop_column("merged_into_id")
        table.drop_column("aliases")
