"""Public directory listings and ZIP centres.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "facility_listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("zip", sa.String(length=5), nullable=False),
        sa.Column("county", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("ownership", sa.String(length=80), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("beds", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("position_source", sa.String(length=30), nullable=False),
        sa.Column("imported_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_listing")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_facility_listing_source_source_id")),
    )
    op.create_index("ix_facility_listing_name", "facility_listing", ["name", "id"], unique=False)
    op.create_index("ix_facility_listing_place", "facility_listing", ["state", "city", "name"], unique=False)
    op.create_table(
        "postal_area",
        sa.Column("zip", sa.String(length=5), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("zip", name=op.f("pk_postal_area")),
    )
    op.create_table(
        "programme_listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school", sa.String(length=200), nullable=False),
        sa.Column("unitid", sa.String(length=12), nullable=False),
        sa.Column("programme", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=60), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("zip", sa.String(length=5), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("evidence_grade", sa.String(length=2), nullable=False),
        sa.Column("evidence_date", sa.String(length=60), nullable=False),
        sa.Column("evidence_url", sa.String(length=500), nullable=False),
        sa.Column("hours_on_page", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("imported_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_listing")),
        sa.UniqueConstraint(
            "school", "programme", "level", name=op.f("uq_programme_listing_school_programme_level")
        ),
    )
    op.create_index("ix_programme_listing_place", "programme_listing", ["state", "school"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_programme_listing_place", table_name="programme_listing")
    op.drop_table("programme_listing")
    op.drop_table("postal_area")
    op.drop_index("ix_facility_listing_place", table_name="facility_listing")
    op.drop_index("ix_facility_listing_name", table_name="facility_listing")
    op.drop_table("facility_listing")
