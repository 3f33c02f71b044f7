"""Upload a file as a coordinator does, and read what the page says."""

from __future__ import annotations

import io

from werkzeug.test import TestResponse

from tests.support.client import StrictClient

#: What the button says that writes a checked file.
BUTTONS = {
    "students": "Send the invitations",
    "slots": "Make the drafts",
    "agreements": "Write the agreements",
}


def upload(client: StrictClient, kind: str, text: str | bytes) -> TestResponse:
    """Choose a file and press the button; the answer is the page that checks it."""
    content = text if isinstance(text, bytes) else text.encode()
    page = f"/school/import/{kind}"
    return client.submit(
        page, {"file": (io.BytesIO(content), "our file.csv")}, button="Check the file", follow_redirects=True
    )


def confirm(client: StrictClient, kind: str, **fields: str) -> TestResponse:
    """Press the button of the checked file."""
    page = f"/school/import/{kind}/check"
    return client.submit(page, fields, button=BUTTONS[kind], follow_redirects=True)
