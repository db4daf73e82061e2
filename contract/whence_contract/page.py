"""Pages: where a ledger's long answer goes on."""

import re
from urllib.parse import urljoin, urlsplit

_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)


class PageError(Exception):
    """The next page is at another address; the message says where."""


def next_page(url: str, link: str | None) -> str | None:
    """Return the URL of the page after ``url``, from the ``Link`` header of its answer; ``None`` where it is the last.

    https://www.rfc-editor.org/rfc/rfc8288. Raises ``PageError`` for a page of another server: it
    would get the token.
    """
    found = _NEXT.search(link or "")
    if found is None:
        return None
    after: str = urljoin(url, found.group(1))
    if urlsplit(after)[:2] != urlsplit(url)[:2]:
        raise PageError(f"The next page of {url} is said to be at {after}, which is another server.")
    return after
