"""Store the book of alerts: in a file of one server, or in a database that several servers share."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from whence_ledger.alert.book import Book, Silence, book_of, load_book, save_book, silence, text_of

_log = logging.getLogger(__name__)


class Kept(Protocol):
    """The place of the book. ``shared``: whether other servers change it too."""

    shared: bool

    def leads(self) -> bool:
        """Return whether this server evaluates the rules and sends notifications; exactly one server does."""

    def load(self) -> Book:
        """Return the current book."""

    def save(self, book: Book) -> None:
        """Save the book, without its silences if they are stored separately."""

    def silence(self, book: Book, silenced: Silence) -> Book:
        """Save a silence; return the book with it."""

    def close(self) -> None:
        """Let another server take over."""


class BookFile:
    """The book in a file, for a ledger with one server."""

    shared = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def leads(self) -> bool:
        """Return true: this is the only server."""
        return True

    def load(self) -> Book:
        """Return the book; set a damaged file aside and return an empty one."""
        try:
            return load_book(self._path)
        except ValueError:
            _log.exception("%s is damaged; renamed it to *.damaged and started with no alerts", self._path)
            self._path.replace(self._path.with_suffix(".damaged"))
            return Book()

    def save(self, book: Book) -> None:
        """Write the file."""
        save_book(book, self._path)

    def silence(self, book: Book, silenced: Silence) -> Book:
        """Write the file with a silence."""
        book = silence(book, *silenced)
        save_book(book, self._path)
        return book

    def close(self) -> None:
        """Do nothing: there is no other server."""


class Shared(Protocol):
    """The alerts' state that servers share in a database: ``store/duty.py``."""

    def leads(self) -> bool: ...
    def close(self) -> None: ...
    def read(self) -> str: ...
    def write(self, book: str) -> None: ...
    def silences(self) -> Sequence[tuple[str, str | None, datetime]]: ...
    def silence(self, alert: str, subject: str | None, until: datetime) -> None: ...


class SharedBook:
    """The book of servers that share a database. Only the leader saves it; each server may add a silence."""

    shared = True

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.leads, self.close = shared.leads, shared.close

    def load(self) -> Book:
        """Return the book. Raises ``ValueError`` if it is damaged, and whatever the database raises."""
        text = self._shared.read()
        silences = tuple(Silence(*one) for one in self._shared.silences())
        return (book_of(text, "ClickHouse") if text else Book())._replace(silences=silences)

    def save(self, book: Book) -> None:
        """Write the book; it is ignored if another server has taken over."""
        self._shared.write(text_of(book._replace(silences=())))

    def silence(self, book: Book, silenced: Silence) -> Book:
        """Write a silence."""
        self._shared.silence(*silenced)
        return silence(book, *silenced)
