"""The index that names of facilities and listings are found by; a facility's telephone number.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

# Pure functions of text: what they make of a name is what the application makes of it.
from marketplace.naming.index import terms
from marketplace.naming.likeness import Described, bare_domain, bare_phone

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "name_term",
        sa.Column(
            "term",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column(
            "owner",
            sa.Enum("facility", "listing", name="owner", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("term", "state", "owner", "owner_id", name=op.f("pk_name_term")),
    )
    op.create_index("ix_name_term_owner", "name_term", ["owner", "owner_id"])
    with op.batch_alter_table("facility") as table:
        table.add_column(sa.Column("phone", sa.String(length=20), nullable=False, server_default=""))
    with op.batch_alter_table("facility") as table:
        table.alter_column("phone", server_default=None)
    _fill()


def _fill() -> None:
    """Index what is there already."""
    bind = op.get_bind()
    facility, site, listing = (
        sa.Table(name, sa.MetaData(), autoload_with=bind) for name in ("facility", "site", "facility_listing")
    )
    pairs = facility.outerjoin(site, site.c.facility_id == facility.c.id)
    hosts = sa.select(
        facility.c.id, facility.c.name, facility.c.website, site.c.city, site.c.state, site.c.zip
    ).select_from(pairs)
    rows = {("facility", r.id, term, r.state or "") for r in bind.execute(hosts) for term in _terms(r, "")}
    rows |= {
        ("listing", r.id, term, r.state)
        for r in bind.execute(sa.select(listing))
        for term in _terms(r, r.phone)
    }
    table = sa.table("name_term", *(sa.column(name) for name in ("owner", "owner_id", "term", "state")))
    ordered = [dict(zip(("owner", "owner_id", "term", "state"), row, strict=True)) for row in sorted(rows)]
    for start in range(0, len(ordered), 5000):
        bind.execute(sa.insert(table), ordered[start : start + 5000])


def _terms(row: sa.Row, phone: str) -> set[str]:
    described = Described(
        row.name,
        city=row.city or "",
        zip=row.zip or "",
        phone=bare_phone(phone),
        domain=bare_domain(row.website),
    )
    return terms(described)


def downgrade() -> None:
    with op.batch_alter_table("facility") as table:
        table.drop_column("phone")
    op.drop_table("name_term")
