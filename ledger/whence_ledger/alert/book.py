"""The state of all alerts: active alerts, recent changes, undelivered messages and silences.

``advance`` is a pure function of the book, the findings and the time. It decides when alerts fire and resolve.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from whence_contract.private_file import write_private
from whence_ledger.alert.rule import FORMER, Rule, Rules

MAX_CHANGES = 1_000
FIRING, RESOLVED = "firing", "resolved"


class Found(NamedTuple):
    """A condition that holds now. ``subject``: empty for the entire ledger. ``look``: the dashboard view of it."""

    alert: str
    subject: str
    value: float
    says: str
    look: dict[str, str]


class Alert(NamedTuple):
    """An active alert. ``since``: when the condition began. ``seen``: when it last held. ``fired``: when the alert
    fired, ``None`` while it is pending. ``told``: whether the receivers were notified that it fires."""

    found: Found
    since: datetime
    seen: datetime
    fired: datetime | None = None
    told: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Return alert name and subject."""
        return self.found.alert, self.found.subject


class Change(NamedTuple):
    """An alert fired or resolved."""

    at: datetime
    state: str
    found: Found


class Message(NamedTuple):
    """An undelivered notification to one receiver. ``id``: the same at every attempt. ``due``: when to send it next."""

    id: str
    receiver: str
    change: Change
    since: datetime
    attempts: int
    due: datetime


class Silence(NamedTuple):
    """Suppresses the notifications of an alert until ``until``. ``subject``: ``None`` for every subject."""

    alert: str
    subject: str | None
    until: datetime


class Book(NamedTuple):
    """The complete state. ``changes``: the latest ones, oldest first. ``given_up``: how many messages were dropped."""

    alerts: tuple[Alert, ...] = ()
    changes: tuple[Change, ...] = ()
    messages: tuple[Message, ...] = ()
    silences: tuple[Silence, ...] = ()
    given_up: int = 0


def advance(book: Book, found: Sequence[Found], rules: Rules, now: datetime) -> Book:
    """Return the book after ``found`` at ``now``: start, fire and resolve alerts, and queue each notification once."""
    silences = tuple(one for one in book.silences if one.until > now)
    book = book._replace(silences=silences)
    known = {alert.key: alert for alert in book.alerts}
    there = {(one.alert, one.subject): one for one in found}
    alerts: list[Alert] = []
    changes: list[tuple[Change, Alert]] = []
    for key in dict.fromkeys([*known, *there]):
        rule = rules.rules.get(key[0])
        alert = _step(known.get(key), there.get(key), rule, now)
        before = known.get(key)
        if alert is None:
            if before and before.fired:
                changes.append((Change(now, RESOLVED, before.found), before))
            continue
        if alert.fired and not (before and before.fired):
            changes.append((Change(now, FIRING, alert.found), alert))
        alerts.append(alert)
    messages: list[Message] = []
    for change, alert in changes:
        if change.state == RESOLVED and alert.told:
            messages += _messages(change, alert, rules, now)
    # An alert that fires while silenced is reported when the silence ends.
    for place, alert in enumerate(alerts):
        if alert.fired and not alert.told and not is_silenced(book, alert, now):
            messages += _messages(Change(alert.fired, FIRING, alert.found), alert, rules, now)
            alerts[place] = alert._replace(told=True)
    return book._replace(
        alerts=tuple(alerts),
        changes=(*book.changes, *(change for change, _ in changes))[-MAX_CHANGES:],
        messages=book.messages + tuple(messages),
    )


def _step(alert: Alert | None, found: Found | None, rule: Rule | None, now: datetime) -> Alert | None:
    """Return the next state of one alert; ``None`` if it is no longer active."""
    if rule is None:
        return None
    if found is None:
        # A pending alert ends at once; a firing one resolves after ``quiet``.
        return alert if alert and alert.fired and now - alert.seen < rule.quiet else None
    begun = alert or Alert(found, now, now)
    fired = begun.fired or (now if now - begun.since >= rule.hold else None)
    return begun._replace(found=found, seen=now, fired=fired)


def is_silenced(book: Book, alert: Alert, now: datetime) -> bool:
    """Return whether a silence covers the alert now."""
    # People type e-mail addresses in any letter case.
    subject = alert.found.subject.lower()
    return any(
        one.alert == alert.found.alert and (one.subject is None or one.subject.lower() == subject) and one.until > now
        for one in book.silences
    )


def silence(book: Book, alert: str, subject: str | None, until: datetime) -> Book:
    """Add a silence until ``until``, replacing an earlier one of the same alert and subject."""
    others = tuple(one for one in book.silences if (one.alert, one.subject) != (alert, subject))
    return book._replace(silences=(*others, Silence(alert, subject, until)))


def _messages(change: Change, alert: Alert, rules: Rules, now: datetime) -> list[Message]:
    begun = f"{alert.found.alert} {alert.found.subject} {alert.fired} {change.state}"
    return [
        Message(hashlib.sha256(f"{begun} {name}".encode()).hexdigest()[:32], name, change, alert.since, 0, now)
        for name in rules.receivers
    ]


def postpone(message: Message, now: datetime) -> Message:
    """Return the message after a failed attempt, due later by an exponential backoff of at most 15 minutes."""
    delay = min(timedelta(seconds=5) * 2**message.attempts, timedelta(minutes=15))
    return message._replace(attempts=message.attempts + 1, due=now + delay)


def load_book(path: Path) -> Book:
    """Read the book; return an empty one if there is no file. Raises ``ValueError`` if the file is damaged."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Book()
    return book_of(text, str(path))


def book_of(text: str, place: str) -> Book:
    """Return the book in ``text``. Raises ``ValueError`` if it is damaged; ``place``: where it was, for the message."""
    data = json.loads(text)
    try:
        return Book(
            tuple(
                Alert(_found(one[0]), _time(one[1]), _time(one[2]), _time(one[3]) if one[3] else None, one[4])
                for one in data["alerts"]
            ),
            tuple(_change(one) for one in data["changes"]),
            tuple(
                Message(one[0], one[1], _change(one[2]), _time(one[3]), one[4], _time(one[5]))
                for one in data["messages"]
            ),
            tuple(Silence(FORMER.get(one[0], one[0]), one[1], _time(one[2])) for one in data["silences"]),
            data["given_up"],
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{place} does not contain alerts") from error


def save_book(book: Book, path: Path) -> None:
    """Write the book atomically and durably, readable by its owner only."""
    write_private(path, text_of(book))


def text_of(book: Book) -> str:
    """Return the book as text."""
    return json.dumps(book._asdict(), default=datetime.isoformat)


def _change(value: Sequence[Any]) -> Change:
    return Change(_time(value[0]), value[1], _found(value[2]))


def _found(value: Sequence[Any]) -> Found:
    found = Found(*value)
    found = found._replace(alert=FORMER.get(found.alert, found.alert))
    # Before schema 5, ledgers kept the letter case of e-mail addresses. Alerts from then must keep matching.
    user = found.look.get("user", "")
    return found._replace(subject=user.lower()) if "@" in user and user == found.subject else found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def look_of(rule: Rule, row: Mapping[str, Any]) -> dict[str, str]:
    """Return the dashboard view of a finding: tab, range, filters and the drawer of its session, named as in the
    dashboard's address."""
    filters = {name: str(row[name]) for name in ("user", "repository", "model", "label") if row.get(name)}
    drawer = {"drawer": f"session:{row['session_id']}"} if row.get("session_id") else {}
    return {"tab": rule.tab, "range": rule.range} | filters | drawer
