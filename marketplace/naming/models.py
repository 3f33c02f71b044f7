"""What organisations are found by: the pieces of their names, to compare; words, to search the directory."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, choice


class Owner(StrEnum):
    """Whose name it is: a host's, or one that a public directory lists."""

    FACILITY = "facility"
    LISTING = "listing"


class NameTerm(Base):
    """One piece (three letters of a telling word, a town, a ZIP, a telephone number) of one organisation.

    Rows are made from the organisation and made again when it changes; they hold nothing of their own.
    """

    __tablename__ = "name_term"
    __table_args__ = (sa.Index("ix_name_term_owner", "owner", "owner_id"),)

    term: Mapped[str] = mapped_column(
        sa.String(60).with_variant(sa.String(60, collation="C"), "postgresql"), primary_key=True
    )
    state: Mapped[str] = mapped_column(sa.String(2), primary_key=True, default="")
    owner: Mapped[Owner] = mapped_column(choice(Owner, "owner"), primary_key=True)
    owner_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Entry(StrEnum):
    """What the directory holds: hosts, organisations of a public list, and programmes."""

    FACILITY = "facility"
    LISTING = "listing"
    PROGRAMME = "programme"


class Part(StrEnum):
    """Where a word is from: the entry itself, or the slots that a facility has posted."""

    SELF = "self"
    SLOTS = "slots"


class DirectoryTerm(Base):
    """One word that an entry of the directory is found by. Made from the entry, as NameTerm's rows are."""

    __tablename__ = "directory_term"
    __table_args__ = (sa.Index("ix_directory_term_owner", "entry", "owner_id"),)

    entry: Mapped[Entry] = mapped_column(choice(Entry, "entry"), primary_key=True)
    term: Mapped[str] = mapped_column(
        sa.String(60).with_variant(sa.String(60, collation="C"), "postgresql"), primary_key=True
    )
    owner_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[Part] = mapped_column(choice(Part, "part"), primary_key=True)
