"""The WSGI entry point: ``gunicorn wsgi:app``. ``PRACTICUM_NIGHTLY=1`` adds the embedded trigger."""

import os

from marketplace import jobs
from marketplace.app import create_app

app = create_app()
if os.environ.get("PRACTICUM_NIGHTLY") == "1":
    jobs.start(app)
