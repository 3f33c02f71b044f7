"""People at a browser: what each does in a journey, and what is checked of every page they see."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect

from tests.factories import PASSWORD
from tests.support import browser

Size = tuple[int, int]


@dataclass
class Person:
    """Someone signed in, in a window of their own. Every page they come to is looked at."""

    page: Page
    url: str
    problems: list[str]
    scripts: bool = True

    def go(self, path: str) -> None:
        """Open an address."""
        self.page.goto(self.url + path)
        self.look()

    def press(self, name: str, *, within: str = "main", exact: bool = False) -> None:
        """Press a button, or follow a link, by its name."""
        scope = self.page.locator(within)
        button = scope.get_by_role("button", name=name, exact=exact)
        target = button if button.count() else scope.get_by_role("link", name=name, exact=exact)
        target.first.click()
        self.page.wait_for_load_state()
        self.look()

    def fill(self, **fields: str) -> None:
        """Fill fields by their form name."""
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]").fill(value)

    def tick(self, name: str, value: str | None = None) -> None:
        """Tick a checkbox or radio button."""
        which = f"main [name={name}]" + (f"[value={value}]" if value else "")
        self.page.locator(which).check(force=True)

    def sees(self, text: str) -> None:
        """The page says it."""
        expect(self.page.locator("main")).to_contain_text(text)

    def look(self) -> None:
        """No violation, no sideways scroll, nothing on the console."""
        found = browser.axe(self.page) if self.scripts else []
        # The browser notes a refused form as a failed load; the page then says what to mend.
        found += [problem for problem in self.problems if "422" not in problem]
        wide = browser.overflow(self.page)
        if found or wide > 0:
            raise AssertionError(f"{self.page.url}: {found or f'{wide} px too wide'}")

    def tab_to(self, selector: str, limit: int = 150) -> None:
        """Press Tab until the focus is on `selector`, as someone without a mouse does."""
        wanted = self.page.locator(selector).first
        for _ in range(limit):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{limit} times Tab did not reach {selector}")

    def key(self, name: str) -> None:
        """Press a key."""
        self.page.keyboard.press(name)


def someone(chromium: Browser, url: str, email: str, size: Size, *, scripts: bool = True) -> Person:
    """Sign in, in a browser of their own."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    problems = browser.watch(context)
    person = Person(context.new_page(), url, problems, scripts)
    person.go("/sign-in")
    person.fill(email=email, password=PASSWORD)
    person.press("Sign in", exact=True)
    person.page.wait_for_url(f"{url}/")
    return person
