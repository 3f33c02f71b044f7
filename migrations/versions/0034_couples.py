"""Couples, their lists of pairs, and what a run keeps of those that are processed separately.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "couple",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("inviter_id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "confirmed",
                "ended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("invited_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", marketplace.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'confirmed' OR partner_id IS NOT NULL", name=op.f("ck_couple_partner")
        ),
        sa.CheckConstraint("partner_id <> inviter_id", name=op.f("ck_couple_two")),
        sa.ForeignKeyConstraint(
            ["inviter_id"], ["student.id"], name=op.f("fk_couple_inviter_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["student.id"], name=op.f("fk_couple_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["match_round.id"], name=op.f("fk_couple_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couple")),
    )
    op.create_index("ix_couple_round", "couple", ["round_id"])
    op.create_index(op.f("ix_couple_email"), "couple", ["email"])
    op.create_index(op.f("ix_couple_inviter_id"), "couple", ["inviter_id"])
    op.create_index(op.f("ix_couple_partner_id"), "couple", ["partner_id"])
    op.create_table(
        "couple_member",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("couple_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["couple_id"], ["couple.id"], name=op.f("fk_couple_member_couple_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["match_round.id"], name=op.f("fk_couple_member_round_id")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_couple_member_student_id")
        ),
        sa.PrimaryKeyConstraint("round_id", "student_id", name=op.f("pk_couple_member")),
    )
    op.create_index(op.f("ix_couple_member_couple_id"), "couple_member", ["couple_id"])
    op.create_index("ix_couple_member_student", "couple_member", ["student_id"])
    op.create_table(
        "pair_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("couple_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("saved_at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["couple_id"], ["couple.id"], name=op.f("fk_pair_list_couple_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["student.id"], name=op.f("fk_pair_list_saved_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_list")),
        sa.UniqueConstraint("couple_id", "version", name=op.f("uq_pair_list_couple_id_version")),
    )
    op.create_table(
        "pair_entry",
        sa.Column("pair_list_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("first_slot_id", sa.Integer(), nullable=True),
        sa.Column("second_slot_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "first_slot_id IS NOT NULL OR second_slot_id IS NOT NULL", name=op.f("ck_pair_entry_somewhere")
        ),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_pair_entry_rank")),
        sa.ForeignKeyConstraint(
            ["first_slot_id"], ["slot.id"], name=op.f("fk_pair_entry_first_slot_id")
        ),
        sa.ForeignKeyConstraint(
            ["pair_list_id"],
            ["pair_list.id"],
            name=op.f("fk_pair_entry_pair_list_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["second_slot_id"], ["slot.id"], name=op.f("fk_pair_entry_second_slot_id")
        ),
        sa.PrimaryKeyConstraint("pair_list_id", "rank", name=op.f("pk_pair_entry")),
    )
    op.create_index(op.f("ix_pair_entry_first_slot_id"), "pair_entry", ["first_slot_id"])
    op.create_index(op.f("ix_pair_entry_second_slot_id"), "pair_entry", ["second_slot_id"])
    op.create_table(
        "pair_certification",
        sa.Column("pair_list_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("at", marketplace.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_list_id"],
            ["pair_list.id"],
            name=op.f("fk_pair_certification_pair_list_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_pair_certification_student_id")
        ),
        sa.PrimaryKeyConstraint("pair_list_id", "student_id", name=op.f("pk_pair_certification")),
    )
    with op.batch_alter_table("seal") as table:
        table.add_column(sa.Column("apart", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("seal") as table:
        table.alter_column("apart", server_default=None)
    with op.batch_alter_table("match_run") as table:
        table.add_column(sa.Column("earlier", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("match_run") as table:
        table.alter_column("earlier", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("match_run") as table:
        table.drop_column("earlier")
    with op.batch_alter_table("seal") as table:
        table.drop_column("apart")
    for name in ("pair_certification", "pair_entry", "pair_list", "couple_member", "couple"):
        op.drop_table(name)
