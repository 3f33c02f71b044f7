"""Facilities and sites.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "facility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "hospital",
                "clinic",
                "practice",
                "long-term-care",
                "behavioural",
                "public-health",
                "payer",
                "vendor",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
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
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("created_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("verified_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["facility_listing.id"], name=op.f("fk_facility_listing_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
    )
    op.create_index(op.f("ix_facility_listing_id"), "facility", ["listing_id"], unique=False)
    op.create_index(op.f("ix_facility_name"), "facility", ["name"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("zip", sa.String(length=5), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_site_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("facility_id", "name", name=op.f("uq_site_facility_id_name")),
    )
    op.create_index("ix_site_position", "site", ["latitude", "longitude"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_site_position", table_name="site")
    op.drop_table("site")
    op.drop_index(op.f("ix_facility_name"), table_name="facility")
    op.drop_index(op.f("ix_facility_listing_id"), table_name="facility")
    op.drop_table("facility")
