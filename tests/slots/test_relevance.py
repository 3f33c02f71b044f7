"""Fifty searches find what they should in the first five, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.slots import finding
from marketplace.slots.filters import Filters, Sort
from tests.factories import Factory
from tests.slots import relevance
from tests.slots.relevance import FIRST, SEARCHES


def missing(found: list[str], good: str) -> int:
    """How many good answers the first five lack, of those that fit into them."""
    answers = set(good.split())
    return min(len(answers), FIRST) - len(answers.intersection(found[:FIRST]))


@pytest.mark.both_databases
def test_fifty_searches_find_what_they_should(app: Flask, make: Factory) -> None:
    keys = relevance.build(make)
    wrong = {}
    with app.app_context():
        for typed, good in SEARCHES:
            page = finding.search(Filters(text=typed, sort=Sort.RELEVANCE), today=make.now().date())
            found = [keys[hit.id] or hit.title for hit in page.items]
            if missing(found, good):
                wrong[typed] = found[:FIRST]
    print(f"{len(SEARCHES) - len(wrong)} of {len(SEARCHES)} searches, drawn slots from seed {relevance.SEED}")
    for typed, found in wrong.items():
        print(f"  {typed!r}: {found}")
    assert len(wrong) <= len(SEARCHES) // 10, wrong
