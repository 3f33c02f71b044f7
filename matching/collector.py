"""Pause the cyclic garbage collector while many containers without cycles are made. Knows no problem.

A problem file is hundreds of thousands of small lists. Making them triggers the collector again and again,
and each time it walks them all and frees nothing: parsing 200,000 list entries took seven times as long
with it as without.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Leave the collector as it was found; also a decorator."""
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
