"""What a place costs a student: an amount for each item asked, the site's own fee, and parking.

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("requirement_item") as table:
        table.add_column(sa.Column("cost", sa.Integer(), nullable=True))
        table.create_check_constraint(op.f("ck_requirement_item_cost"), "cost BETWEEN 0 AND 5000")
    with op.batch_alter_table("slot") as table:
        table.add_column(sa.Column("parking", sa.String(length=120), nullable=False, server_default=""))
        table.add_column(sa.Column("fee", sa.Integer(), nullable=True))
        table.create_check_constraint(op.f("ck_slot_fee"), "fee BETWEEN 0 AND 5000")
    with op.batch_alter_table("slot") as table:
        table.alter_column("parking", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("slot") as table:
        table.drop_constraint(op.f("ck_slot_fee"), type_="check")
        table.drop_column("fee")
        table.drop_column("parking")
    with op.batch_alter_table("requirement_item") as table:
        table.drop_constraint(op.f("ck_requirement_item_cost"), type_="check")
        table.drop_column("cost")
