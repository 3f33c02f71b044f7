"""Let several pieces of work start at the same moment, or one while another is not committed yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from marketplace.errors import Refusal

T = TypeVar("T")

#: Long enough for the second to have come to the lock that the first holds.
MEANWHILE = 1.0


def run_together(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Start every job at the same moment, each in a thread of its own; return what they return."""
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        start.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def while_held(
    committed: Callable[[], AbstractContextManager[None]],
    first: Callable[[], object],
    second: Callable[[], object],
    *,
    seconds: float = MEANWHILE,
) -> str:
    """Do `second` while `first` is done and not committed yet; what became of `second`.

    "done", the reason of the refusal, or the name of the error. `committed` is a transaction for one of them.
    """
    outcomes: list[str] = []

    def follow() -> None:
        try:
            with committed():
                second()
            outcomes.append("done")
        except Exception as error:
            outcomes.append(error.reason if isinstance(error, Refusal) else type(error).__name__)

    thread = threading.Thread(target=follow)
    with committed():
        first()
        thread.start()
        thread.join(seconds)
    thread.join()
    return outcomes[0]
