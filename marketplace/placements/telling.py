"""Acts on placements that say on the next page that they are done, or why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash

from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.placements.words import sentence


@contextmanager
def told(done: str) -> Iterator[None]:
    """Do what the block does in one transaction; say `done` on the next page, or why it was refused."""
    try:
        with transaction():
            yield
    except DomainError as error:
        flash(sentence(error), "bad")
    else:
        flash(done, "good")
