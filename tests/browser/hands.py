"""Someone without a mouse: keys alone, and each stop of the focus is looked at on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypedDict

from playwright.sync_api import Browser, Locator, Page, expect

from tests.factories import PASSWORD
from tests.support import browser

#: More stops than any page has: whoever needs them goes round in a circle.
_MOST = 120


class Stop(TypedDict):
    """Where the focus is: whether on what is wanted, how it looks, and where it stands on the page."""

    here: bool
    same: bool
    name: str
    ring: bool
    seen: bool
    top: float
    left: float


#: A ring of two pixels or more, on the control or on the card that it fills; in the window, under nothing.
_STOP = """wanted => {
  const it = document.activeElement, box = it.getBoundingClientRect(), card = it.closest(".choice");
  const ringed = each => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const middle = document.elementFromPoint(
    Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 1),
    Math.min(Math.max(box.y + box.height / 2, 1), innerHeight - 1));
  const same = window.lastStop === it;
  window.lastStop = it;
  return {
    here: it === wanted,
    same,
    name: it.outerHTML.slice(0, 120),
    ring: ringed(it) || (card !== null && ringed(card)),
    seen: [it, card].some((each) => each?.contains(middle)) || (middle?.contains(it) ?? false),
    top: box.y + scrollY,
    left: box.x + scrollX,
  };
}"""


@dataclass
class Hands:
    """A person at a keyboard. Nothing is clicked, and no script moves the focus."""

    page: Page
    url: str
    problems: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open an address, as by typing it, and skip to the page's own part."""
        self.page.goto(self.url + path)
        self.skip()

    def skip(self) -> None:
        """The first stop of every page leads past its head."""
        self.page.keyboard.press("Tab")
        expect(self.page.locator(".skip-link")).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()

    def to(self, what: Locator) -> None:
        """Tab on until the focus is on `what`, in reading order and always in sight."""
        wanted, before = what.element_handle(), None
        for _ in range(_MOST):
            self.page.keyboard.press("Tab")
            stop: Stop = self.page.evaluate(_STOP, wanted)
            if not stop["same"]:
                self._judge(stop, before)
                before = stop
            if stop["here"]:
                return
        raise AssertionError(f"{self.page.url}: {_MOST} times Tab did not reach {what}")

    def back_to(self, what: Locator) -> None:
        """Shift and Tab to a stop before this one."""
        for _ in range(_MOST):
            self.page.keyboard.press("Shift+Tab")
            if what.evaluate("it => it === document.activeElement"):
                return
        raise AssertionError(f"{self.page.url}: Shift+Tab did not reach {what}")

    def _judge(self, stop: Stop, before: Stop | None) -> None:
        if not (stop["ring"] and stop["seen"]):
            self.problems.append(f"{self.page.url}: no sight of the focus on {stop['name']}")
        if before and stop["top"] < before["top"] - 8 and stop["left"] < before["left"] + 8:
            self.problems.append(f"{self.page.url}: {stop['name']} stands before {before['name']}")

    def field(self, name: str) -> Locator:
        """A form field by its form name."""
        return self.page.locator(f"main [name='{name}']:not([type=hidden])").first

    def type(self, name: str, text: str) -> None:
        """Come to a field and write into it; what stood there is selected by coming."""
        self.to(self.field(name))
        self.page.keyboard.type(text)

    def tick(self, name: str) -> None:
        """Come to a box and tick it."""
        self.to(self.field(name))
        self.page.keyboard.press("Space")
        expect(self.field(name)).to_be_checked()

    def choose(self, name: str, label: str) -> None:
        """Come to a list of choices and go down to the one."""
        control = self.field(name)
        self.to(control)
        for _ in range(control.locator("option").count()):
            if label in control.evaluate("it => it.selectedOptions[0].label"):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no choice {label!r}")

    def pick(self, name: str, value: str) -> None:
        """Come to a group of radio buttons and go down to the one."""
        group = self.page.locator(f"main [name='{name}']")
        self.to(group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if self.page.locator(f"main [name='{name}']:checked").get_attribute("value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no choice {value!r}")

    def press(self, name: str, key: str = "Enter") -> None:
        """Come to a button or link of this name, and press it. The focus is where the next page leads it."""
        exact = re.compile(rf"^\s*{re.escape(name)}")
        main = self.page.locator("main")
        self.to(main.get_by_role("button", name=exact).or_(main.get_by_role("link", name=exact)).first)
        self.send(key)
        if "#" not in self.page.url and self.page.locator("#error-summary").count() == 0:
            self.skip()

    def send(self, key: str = "Enter") -> None:
        """Press what has the focus, and wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def mends(self, field_id: str) -> None:
        """A refused form: the focus is on the summary, which says so at once; its link leads to the field."""
        summary = self.page.locator("#error-summary")
        expect(summary).to_be_focused()
        expect(summary).to_have_attribute("role", "alert")
        assert self.page.title().startswith("Error:")
        link = summary.locator(f"a[href='#{field_id}']")
        self.to(link)
        self.page.keyboard.press("Enter")
        wrong = self.page.locator(f"#{field_id}")
        expect(wrong).to_be_focused()
        expect(wrong).to_have_attribute("aria-invalid", "true")

    def hears(self, text: str) -> None:
        """It stands in a region that is read out."""
        expect(self.page.locator("main [role=status]", has_text=text).first).to_be_attached()

    def sees(self, text: str) -> None:
        """The page says it."""
        expect(self.page.locator("main")).to_contain_text(text)


def hands(chromium: Browser, url: str, email: str) -> Hands:
    """Sign in, by keys too."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    person = Hands(context.new_page(), url)
    watched = browser.watch(context)
    person.go("/sign-in")
    person.type("email", email)
    person.type("password", PASSWORD)
    person.send()
    watched += person.problems
    person.problems = watched
    return person
