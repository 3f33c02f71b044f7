"""A small round whose results are out, and what people do then."""

from __future__ import annotations

import pytest

from tests.factories import Factory
from tests.placements.after import Released


@pytest.fixture
def released(make: Factory) -> Released:
    """Student 1 is placed in slot 1, student 2 in slot 2; student 3 has no place, student 4 had no list."""
    return Released(make)
