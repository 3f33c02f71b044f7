"""Read the words of result pages."""

from __future__ import annotations

from html.parser import HTMLParser

from marketplace.students.models import Student
from tests.factories import sign_in
from tests.rounds.market import Market
from tests.support.client import StrictClient


class _Text(HTMLParser):
    """The words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(page: str) -> str:
    """The words of a page, one space apart."""
    parser = _Text()
    parser.feed(page)
    return " ".join(" ".join(parser.words).split())


def page(client: StrictClient, market: Market, student: Student) -> str:
    """The words of the student's result."""
    client.delete_cookie("session")
    sign_in(client, student)
    answer = client.get(f"/rounds/{market.round_id}/result")
    assert answer.status_code == 200
    return words(answer.text)
