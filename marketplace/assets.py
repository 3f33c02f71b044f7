"""How long a browser may keep static files. Pages name their version; knows nothing about what is in them.

A file asked for with a version, or a typeface, never changes under its address. Anything else is asked for
again each time and mostly answered "not modified".
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Request

KEEP = "public, max-age=31536000, immutable"
ASK = "no-cache"


def version(folder: Path) -> str:
    """A short digest of every style sheet and script in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(p for kind in ("css", "js") for p in folder.rglob(f"*.{kind}")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def cache_control(request: Request) -> str:
    """The Cache-Control of the static file that `request` asks for."""
    return KEEP if "v" in request.args or request.path.endswith(".woff2") else ASK


def init_app(app: Flask) -> None:
    """Let templates name the version of the static files."""
    app.jinja_env.globals["static_version"] = version(Path(str(app.static_folder)))
