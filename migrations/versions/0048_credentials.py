"""Numbers of credentials with who checked them and when; what students may share of how they came here.

Revision ID: 0048
Revises: 0047
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_ANSWERS = ("career_changer", "displaced_worker", "share_background")


def upgrade() -> None:
    op.create_table(
        "held_credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("checked_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("verifier_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_held_credential_student_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["verifier_id"],
            ["user_account.id"],
            name=op.f("fk_held_credential_verifier_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_credential")),
        sa.UniqueConstraint("student_id", "code", name=op.f("uq_held_credential_student_id_code")),
    )
    for name in _ANSWERS:
        op.add_column("student", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in reversed(_ANSWERS):
        op.drop_column("student", name)
    op.drop_table("held_credential")
