"""Placements: what becomes of each released assignment.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

#: Whoever was placed before placements were kept has a month from the release to confirm.
_BEGIN = """
INSERT INTO placement (round_id, student_id, slot_id, origin, made_at, answer_by, host_confirmed_at, end_note)
SELECT assignment.round_id, assignment.student_id, assignment.slot_id, 'match', publication.released_at,
       {answer_by}, CASE WHEN host_answer.answer = 'confirmed' THEN host_answer.answered_at END, ''
FROM assignment
JOIN publication ON publication.round_id = assignment.round_id
LEFT JOIN host_answer
  ON host_answer.round_id = assignment.round_id AND host_answer.slot_id = assignment.slot_id
WHERE assignment.slot_id IS NOT NULL
"""
_ANSWER_BY = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', publication.released_at, '+30 days')",
    "postgresql": "publication.released_at + INTERVAL '30 days'",
}


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _instant(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, marketplace.db.UTCDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("origin", _choice("origin", "match", "repair", "clearing"), nullable=False),
        _instant("made_at", nullable=False),
        _instant("answer_by", nullable=False),
        _instant("reminded_at"),
        _instant("student_confirmed_at"),
        _instant("host_confirmed_at"),
        _instant("ended_at"),
        sa.Column(
            "end_reason",
            _choice("end_reason", "declined", "refused", "displaced", "released", "withdrawn"),
            nullable=True,
        ),
        sa.Column("end_note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_placement_ended")),
        sa.ForeignKeyConstraint(["round_id"], ["publication.round_id"], name=op.f("fk_placement_round_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_placement_slot_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_placement_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index("ix_placement_slot", "placement", ["slot_id", "round_id"])
    op.create_index("ix_placement_student", "placement", ["student_id"])
    op.create_index(
        "uq_placement_standing",
        "placement",
        ["round_id", "student_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute(_BEGIN.format(answer_by=_ANSWER_BY[op.get_bind().dialect.name]))


def downgrade() -> None:
    op.drop_table("placement")
