"""What engine tests share: the sibling modules of this folder become importable."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def real_data() -> Path:
    """Where the real instances lie; they are never part of the repository."""
    folder = Path(os.environ.get("PRACTICUM_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not (folder / "instances").is_dir():
        pytest.skip(f"no real data: neither $PRACTICUM_DATA nor {folder} holds instances")
    return folder
