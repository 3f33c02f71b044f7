"""Settings, read from the environment once. Secrets are made on first start and kept beside the data."""

from __future__ import annotations

import json
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from marketplace.clock import system_time

PROJECT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The folder of data and secrets (``PRACTICUM_HOME``), made readable by its owner alone."""
    folder = Path(os.environ.get("PRACTICUM_HOME", PROJECT / "instance")).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def database_url(folder: Path) -> str:
    """``DATABASE_URL`` with the driver this project uses, or the embedded default."""
    url = os.environ.get("DATABASE_URL", f"sqlite:///{folder / 'practicum.sqlite3'}")
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def load_secrets(folder: Path) -> dict[str, str]:
    """The signing keys of this installation, created with owner-only permissions on first start."""
    path = folder / "secrets.json"
    if not path.exists():
        fresh = {name: secrets.token_hex(32) for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT")}
        pending = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(pending, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(fresh, file)
        try:
            os.link(pending, path)
        except FileExistsError:
            pass  # another process was faster; its keys are the keys
        finally:
            pending.unlink()
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


def from_environment() -> dict[str, Any]:
    """Every setting of the application, by Flask's names."""
    folder = home()
    public_url = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip(
        "/"
    )
    return {
        **load_secrets(folder),
        "HOME": folder,
        "SQLALCHEMY_DATABASE_URI": database_url(folder),
        "PUBLIC_URL": public_url,
        "MAIL_URL": os.environ.get("MAIL_URL", f"file:{folder / 'mail'}"),
        "MAIL_SENDER": os.environ.get("MAIL_SENDER", "Practicum Match <no-reply@localhost>"),
        "RATE_LIMIT_STORAGE": os.environ.get("RATE_LIMIT_STORAGE", "memory://"),
        "PROXIES": int(os.environ.get("PROXIES", "0")),
        "LISTING_DAYS": int(os.environ.get("LISTING_DAYS", "120")),
        "DEMO": os.environ.get("PRACTICUM_DEMO") == "1",
        "SESSION_COOKIE_SECURE": public_url.startswith("https://"),
        "REMEMBER_COOKIE_SECURE": public_url.startswith("https://"),
    }


DEFAULTS: dict[str, Any] = {
    "CLOCK": system_time,
    "DEMO": False,
    "RATE_LIMITS": True,
    "RATE_LIMIT_STORAGE": "memory://",
    "PROXIES": 0,
    # So many days after its facility last confirmed it, a listing leaves the search.
    "LISTING_DAYS": 120,
    "DEMO_SIGN_INS": None,
    "DEMO_NOTES": {},
    "STYLE_PAGE": False,
    "MIGRATIONS_DIRECTORY": str(PROJECT / "migrations"),
    "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_HTTPONLY": True,
    "REMEMBER_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
    "WTF_CSRF_TIME_LIMIT": None,
    "COMPRESS_ALGORITHM": ["gzip"],
    "COMPRESS_STREAMS": False,
    "COMPRESS_MIMETYPES": ["text/html", "text/css", "text/javascript", "image/svg+xml", "text/csv"],
    "BABEL_DEFAULT_LOCALE": "en",
    "BABEL_DEFAULT_TIMEZONE": "UTC",
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2", "plaintext"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": ["plaintext"],
    "SECURITY_JOIN_USER_ROLES": False,  # roles are memberships
    "SECURITY_PASSWORD_LENGTH_MIN": 10,
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_REGISTERABLE": True,
    "SECURITY_REGISTER_URL": "/sign-up",
    "SECURITY_CONFIRMABLE": True,
    "SECURITY_CONFIRM_URL": "/confirm-email",
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RESET_URL": "/reset-password",
    "SECURITY_CHANGEABLE": True,
    "SECURITY_CHANGE_URL": "/change-password",
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_EMAIL_HTML": False,
    # Whether an address takes mail is proved by the confirmation, not by asking DNS while someone waits.
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
    "SECURITY_EMAIL_SUBJECT_REGISTER": "Confirm your address",
    "SECURITY_EMAIL_SUBJECT_CONFIRM": "Confirm your address",
    "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": "Choose a new password",
    "SECURITY_EMAIL_SENDER": "no-reply@localhost",
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_POST_CONFIRM_VIEW": "/",
    "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
}
