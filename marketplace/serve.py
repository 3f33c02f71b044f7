"""What ``./run`` starts: a migrated database, the demonstration or the first operator, then gunicorn."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Prepare the installation and become the web server."""
    empty = "--empty" in sys.argv[1:]
    port = os.environ.get("PORT", "8000")
    os.environ["PRACTICUM_DEMO"] = "0" if empty else "1"
    os.environ["PRACTICUM_NIGHTLY"] = "1"
    from flask_migrate import upgrade

    from marketplace.app import create_app

    app = create_app()
    with app.app_context():
        upgrade()
    print(f"Practicum Match answers on http://127.0.0.1:{port}", flush=True)
    gunicorn = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "1",
        "--threads",
        "8",
    ]
    os.execv(sys.executable, [*gunicorn, "--no-control-socket", "wsgi:app"])


if __name__ == "__main__":
    main()
