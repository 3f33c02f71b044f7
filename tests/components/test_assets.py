"""How long browsers may keep style sheets, scripts and typefaces."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from marketplace import assets
from tests.support.client import StrictClient


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/static/css/app.css", assets.ASK),
        ("/static/css/app.css?v=1", assets.KEEP),
        ("/static/js/drag.js", assets.ASK),
        ("/static/fonts/figtree-latin-wght-normal.woff2", assets.KEEP),
    ],
)
def test_only_what_never_changes_is_kept(client: StrictClient, url: str, kept: str) -> None:
    with client.get(url) as response:
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == kept


def test_a_page_names_the_version_of_its_files(client: StrictClient) -> None:
    text = client.get("/").get_data(as_text=True)
    named = re.findall(r"/static/(?:css|js)/\w+\.(?:css|js)\?v=(\w+)", text)
    assert len(named) == 5
    assert set(named) == {assets.version(Path(str(client.application.static_folder)))}


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a {}")
    first = assets.version(tmp_path)
    (tmp_path / "a.css").write_text("b {}")
    assert assets.version(tmp_path) != first
