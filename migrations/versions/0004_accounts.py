"""People, memberships, invitations.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_account_fs_uniquifier")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "student",
                "facility-contact",
                "coordinator",
                "operator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role = 'facility-contact' AND facility_id IS NOT NULL AND school_id IS NULL) OR (role IN ('coordinator', 'student') AND school_id IS NOT NULL AND facility_id IS NULL) OR (role = 'operator' AND school_id IS NULL AND facility_id IS NULL)",
            name=op.f("ck_invitation_scope"),
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_invitation_facility_id")),
        sa.ForeignKeyConstraint(
            ["invited_by_id"],
            ["user_account.id"],
            name=op.f("fk_invitation_invited_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_invitation_programme_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_invitation_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_invitation_token_sha256")),
    )
    op.create_index(op.f("ix_invitation_email"), "invitation", ["email"], unique=False)
    op.create_index(op.f("ix_invitation_facility_id"), "invitation", ["facility_id"], unique=False)
    op.create_index(op.f("ix_invitation_programme_id"), "invitation", ["programme_id"], unique=False)
    op.create_index(op.f("ix_invitation_school_id"), "invitation", ["school_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "student",
                "facility-contact",
                "coordinator",
                "operator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'facility-contact' AND facility_id IS NOT NULL AND school_id IS NULL) OR (role IN ('coordinator', 'student') AND school_id IS NOT NULL AND facility_id IS NULL) OR (role = 'operator' AND school_id IS NULL AND facility_id IS NULL)",
            name=op.f("ck_membership_scope"),
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_membership_facility_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_membership_school_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_facility_id"), "membership", ["facility_id"], unique=False)
    op.create_index(op.f("ix_membership_school_id"), "membership", ["school_id"], unique=False)
    op.create_index("uq_user_account_email", "user_account", [sa.text("lower(email)")], unique=True)
    op.create_index(
        "uq_membership_scope",
        "membership",
        ["user_id", "role", sa.text("coalesce(school_id, 0)"), sa.text("coalesce(facility_id, 0)")],
        unique=True,
    )


def downgrade() -> None:
    op.drop_index("uq_membership_scope", table_name="membership")
    op.drop_index("uq_user_account_email", table_name="user_account")
    op.drop_index(op.f("ix_membership_school_id"), table_name="membership")
    op.drop_index(op.f("ix_membership_facility_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_invitation_school_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_programme_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_facility_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_email"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_table("user_account")
