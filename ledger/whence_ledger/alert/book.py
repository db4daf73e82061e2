"""The book of alerts: what is the matter, what changed, what is still to be told. One file, written in one step.

``advance`` is a pure function of the book, of what was found, and of the time: all that alerts do follows from it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from whence_contract.private_file import write_private
from whence_ledger.alert.rule import Rule, Rules

MAX_CHANGES = 1_000
FIRING, RESOLVED = "firing", "resolved"


class Found(NamedTuple):
    """Something that is so now. ``subject``: of what, nothing for the whole ledger. ``look``: filters that show it."""

    alert: str
    subject: str
    value: float
    says: str
    look: dict[str, str]


class Alert(NamedTuple):
    """Something that is the matter since ``since``; pending until ``fired``. ``seen``: when it was so last. ``told``:
    whether somebody was told that it fires."""

    found: Found
    since: datetime
    seen: datetime
    fired: datetime | None = None
    told: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Alert and subject."""
        return self.found.alert, self.found.subject


class Change(NamedTuple):
    """An alert fired or resolved."""

    at: datetime
    state: str
    found: Found


class Message(NamedTuple):
    """What a receiver is still to be told. ``id``: the same at every attempt."""

    id: str
    receiver: str
    change: Change
    since: datetime
    attempts: int
    due: datetime


class Silence(NamedTuple):
    """Nobody is told of an alert, of one subject or (``None``) of any, until then."""

    alert: str
    subject: str | None
    until: datetime


class Book(NamedTuple):
    """All of it; the latest changes, oldest first. ``given_up``: how many messages could not be delivered for days."""

    alerts: tuple[Alert, ...] = ()
    changes: tuple[Change, ...] = ()
    messages: tuple[Message, ...] = ()
    silences: tuple[Silence, ...] = ()
    given_up: int = 0


def advance(book: Book, found: Sequence[Found], rules: Rules, now: datetime) -> Book:
    """The book after what was found ``now``: alerts begin, fire and resolve, and each change is to be told once."""
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
    # Who fires in silence is told of when that ends.
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
    """What becomes of one alert; ``None`` where nothing is the matter any more."""
    if rule is None:
        return None
    if found is None:
        # A pending one was nothing; a firing one is over when it has been quiet for a while.
        return alert if alert and alert.fired and now - alert.seen < rule.quiet else None
    begun = alert or Alert(found, now, now)
    fired = begun.fired or (now if now - begun.since >= rule.hold else None)
    return begun._replace(found=found, seen=now, fired=fired)


def is_silenced(book: Book, alert: Alert, now: datetime) -> bool:
    """True where nobody wants to hear of it now."""
    # People write e-mail addresses in any case.
    subject = alert.found.subject.lower()
    return any(
        one.alert == alert.found.alert and (one.subject is None or one.subject.lower() == subject) and one.until > now
        for one in book.silences
    )


def silence(book: Book, alert: str, subject: str | None, until: datetime) -> Book:
    """Tell nobody of it until then, in place of what was said of it before."""
    others = tuple(one for one in book.silences if (one.alert, one.subject) != (alert, subject))
    return book._replace(silences=(*others, Silence(alert, subject, until)))


def _messages(change: Change, alert: Alert, rules: Rules, now: datetime) -> list[Message]:
    begun = f"{alert.found.alert} {alert.found.subject} {alert.fired} {change.state}"
    return [
        Message(hashlib.sha256(f"{begun} {name}".encode()).hexdigest()[:32], name, change, alert.since, 0, now)
        for name in rules.receivers
    ]


def postpone(message: Message, now: datetime) -> Message:
    """The same message after one more attempt that failed: later, and later each time."""
    delay = min(timedelta(seconds=5) * 2**message.attempts, timedelta(minutes=15))
    return message._replace(attempts=message.attempts + 1, due=now + delay)


def load_book(path: Path) -> Book:
    """Read the book; an empty one where there is none. Raises ``ValueError`` for a file that is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Book()
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
            tuple(Silence(one[0], one[1], _time(one[2])) for one in data["silences"]),
            data["given_up"],
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{path} is no book of alerts") from error


def save_book(book: Book, path: Path) -> None:
    """Write it, for its owner only, in one step that survives a power cut."""
    write_private(path, json.dumps(book._asdict(), default=datetime.isoformat))


def _change(value: Sequence[Any]) -> Change:
    return Change(_time(value[0]), value[1], _found(value[2]))


def _found(value: Sequence[Any]) -> Found:
    found = Found(*value)
    # Before schema 5, ledgers kept e-mail addresses as they were sent: what fires now fired then.
    user = found.look.get("user", "")
    return found._replace(subject=user.lower()) if "@" in user and user == found.subject else found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def look_of(rule: Rule, row: Mapping[str, Any]) -> dict[str, str]:
    """What shows it: a tab, a range and filters, as the dashboard's address names them."""
    filters = {name: str(row[name]) for name in ("user", "repository", "model", "label") if row.get(name)}
    return {"tab": rule.tab, "range": rule.range} | filters
