"""The settings an application under test gets. Everything else is as in production."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.clock import Clock

#: One fast argon2 round: tests sign in hundreds of times, and what they test is not the hash's cost.
CHEAP_ARGON2 = {"argon2__rounds": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}


def settings_for(url: str, folder: Path, clock: Callable[[], datetime] | None = None) -> dict[str, Any]:
    """Settings for an application on the database at `url` that keeps its files in `folder`."""
    return {
        "TESTING": True,
        "SECRET_KEY": "a key for tests alone",
        "SECURITY_PASSWORD_SALT": "a salt for tests alone",
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": CHEAP_ARGON2,
        "HOME": folder,
        "SQLALCHEMY_DATABASE_URI": url,
        "PUBLIC_URL": "http://localhost",
        "MAIL_URL": f"file:{folder / 'mail'}",
        "MAIL_SENDER": "Practicum Match <no-reply@practicum.example>",
        "RATE_LIMITS": False,  # tests sign in more often than people
        "CLOCK": clock or Clock(),
    }
