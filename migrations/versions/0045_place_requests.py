"""Requests to be released from a placement or to host fewer, and clearing with its choices.

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, marketplace.db.UTCDateTime(timezone=True), nullable=nullable)


def _unique_where(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def upgrade() -> None:
    op.create_table(
        "place_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), nullable=True),
        sa.Column(
            "side",
            sa.Enum("student", "host", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        _instant("asked_at", nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        _instant("decided_at"),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(placement_id IS NULL) <> (places IS NULL)", name=op.f("ck_place_request_about")
        ),
        sa.CheckConstraint("places >= 0", name=op.f("ck_place_request_places")),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (granted IS NULL)", name=op.f("ck_place_request_decided")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["user_account.id"],
            name=op.f("fk_place_request_asked_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_place_request_decided_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_place_request_placement_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["publication.round_id"], name=op.f("fk_place_request_round_id")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_place_request_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_request")),
    )
    waits = "decided_at IS NULL AND placement_id IS"
    _unique_where("uq_place_request_placement", "place_request", ["placement_id"], f"{waits} NOT NULL")
    _unique_where("uq_place_request_slot", "place_request", ["round_id", "slot_id"], f"{waits} NULL")
    op.create_table(
        "clearing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        _instant("opens_at", nullable=False),
        _instant("closes_at", nullable=False),
        _instant("settled_at"),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_clearing_window")),
        sa.ForeignKeyConstraint(["round_id"], ["publication.round_id"], name=op.f("fk_clearing_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_clearing_round_id_number")),
    )
    _unique_where("uq_clearing_open", "clearing", ["round_id"], "settled_at IS NULL")
    op.create_table(
        "clearing_choice",
        sa.Column("clearing_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_clearing_choice_rank")),
        sa.ForeignKeyConstraint(
            ["clearing_id"], ["clearing.id"], name=op.f("fk_clearing_choice_clearing_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_clearing_choice_slot_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_clearing_choice_student_id")),
        sa.PrimaryKeyConstraint("clearing_id", "student_id", "slot_id", name=op.f("pk_clearing_choice")),
        sa.UniqueConstraint(
            "clearing_id", "student_id", "rank", name=op.f("uq_clearing_choice_clearing_id_student_id_rank")
        ),
    )


def downgrade() -> None:
    op.drop_table("clearing_choice")
    op.drop_table("clearing")
    op.drop_table("place_request")
