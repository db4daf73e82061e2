"""A browser: Debian's Chromium, driven by Playwright.

``tests/run --long`` uses the browser with its windows. Otherwise it is the same engine without them, where Debian has
it: half of the browser's time goes into windows that nobody sees.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --process-per-site"
)
_WITHOUT_WINDOWS, _WITH_WINDOWS = Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")
CHROMIUM = _WITHOUT_WINDOWS if _WITHOUT_WINDOWS.exists() and not os.environ.get("WHENCE_TEST_LONG") else _WITH_WINDOWS
# Wait long: a slow page on a busy machine is not an error.
PATIENCE_MILLISECONDS = 120_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a running browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def new_page(browser: Browser, **options: object) -> Iterator[Page]:
    """Yield the page of a new visitor; fail at the end if any of its scripts failed."""
    with new_visitor(browser, **options) as visitor, page_of(visitor) as page:
        yield page


@contextmanager
def new_visitor(browser: Browser, **options: object) -> Iterator[BrowserContext]:
    """Yield a browser without cookies and cache."""
    settings: dict[str, object] = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US"}
    visitor = browser.new_context(**(settings | {"timezone_id": "Europe/Berlin"} | options))  # type: ignore[arg-type]
    visitor.set_default_timeout(PATIENCE_MILLISECONDS)
    try:
        yield visitor
    finally:
        visitor.close()


@contextmanager
def page_of(visitor: BrowserContext) -> Iterator[Page]:
    """Yield a new page of a visitor; fail at the end if any of its scripts failed."""
    problems: list[str] = []
    page = visitor.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    try:
        yield page
    finally:
        page.close()
    assert problems == []
