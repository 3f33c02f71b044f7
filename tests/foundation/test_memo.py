"""What a page reads once, and where reading again is due."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.memo import once


@pytest.mark.parametrize(("method", "calls"), [("GET", 2), ("HEAD", 2), ("POST", 3)])
def test_only_a_reading_request_remembers(app: Flask, method: str, calls: int) -> None:
    seen = []

    @once
    def read(number: int) -> list[int]:
        seen.append(number)
        return [number]

    with app.test_request_context("/", method=method):
        assert [read(1), read(2), read(1)] == [[1], [2], [1]]
    assert len(seen) == calls
    read(1)
    with app.test_request_context("/"):
        read(1)
    assert len(seen) == calls + 2
