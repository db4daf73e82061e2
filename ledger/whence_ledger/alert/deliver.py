"""Deliver notifications: each change to each receiver, in order, until the receiver accepts it. What fires or resolves
by the same rule at the same time is one notification.

Slack: https://api.slack.com/messaging/webhooks. Alertmanager: https://github.com/prometheus/alertmanager, API v2.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from whence_ledger.alert.book import RESOLVED, Book, Message, postpone
from whence_ledger.alert.rule import Receiver, Rules

TIMEOUT_SECONDS = 10
SLACK_LINES = 20
"""The most lines of one notification for Slack."""
GIVE_UP = timedelta(days=3)
_FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)

_log = logging.getLogger(__name__)


def deliver(
    book: Book, rules: Rules, client: httpx.Client, now: datetime, may: Callable[[], bool] = lambda: True
) -> Book:
    """Send the messages that are due; return the book without the accepted ones. ``may``: asked before each attempt,
    because another server may have begun to send.

    A failure holds back the receiver's later messages, so that "resolved" never arrives before "firing".
    """
    left: list[Message] = []
    held: set[str] = set()
    given_up = book.given_up
    for group in _groups(book.messages):
        first = group[0]
        receiver = rules.receivers.get(first.receiver)
        if receiver is None:
            continue
        if first.receiver in held or first.due > now or not may():
            held.add(first.receiver)
            left += group
        elif not _send(group, receiver, rules, client):
            held.add(first.receiver)
            late = [one for one in group if now - one.change.at > GIVE_UP]
            if late:
                given_up += len(late)
                _log.error(
                    "Dropped %d notifications of %s: receiver %s did not accept them for %d days",
                    len(late),
                    first.change.found.alert,
                    receiver.name,
                    GIVE_UP.days,
                )
            left += [postpone(one, now) for one in group if one not in late]
    return book._replace(messages=tuple(left), given_up=given_up)


def _groups(messages: Sequence[Message]) -> list[list[Message]]:
    """Return the messages of one receiver, rule and state together, in the order of the first ones. Only messages that
    were queued and postponed together are: a group must stay the same until it is accepted."""
    groups: dict[tuple[str, str, str, datetime], list[Message]] = {}
    for one in messages:
        groups.setdefault((one.receiver, one.change.found.alert, one.change.state, one.due), []).append(one)
    return list(groups.values())


def id_of(group: Sequence[Message]) -> str:
    """Return the id of a notification, the same at every attempt."""
    if len(group) == 1:
        return group[0].id
    return hashlib.sha256(" ".join(one.id for one in group).encode()).hexdigest()[:32]


def _send(group: Sequence[Message], receiver: Receiver, rules: Rules, client: httpx.Client) -> bool:
    address = f"{receiver.url}/api/v2/alerts" if receiver.kind == "alertmanager" else receiver.url
    body = BODIES[receiver.kind](group, rules)
    try:
        answer = client.post(address, json=body, headers={"Idempotency-Key": id_of(group)}, timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The address may contain a secret: do not log it.
        _log.warning("Cannot reach alert receiver %s (%s)", receiver.name, type(error).__name__)
        return False
    if not answer.is_success:
        _log.warning("Alert receiver %s answered %d", receiver.name, answer.status_code)
    return answer.is_success


def webhook_body(group: Sequence[Message], rules: Rules) -> dict[str, Any]:
    """Return a JSON object. ``subject`` and ``value`` are null if there are several ``alerts``."""
    first, is_one = group[0].change, len(group) == 1
    return {
        "id": id_of(group),
        "alert": first.found.alert,
        "title": _title(group[0], rules),
        "state": first.state,
        "subject": (first.found.subject or None) if is_one else None,
        "value": first.found.value if is_one else None,
        "summary": "\n".join(one.change.found.says for one in group),
        "since": _stamp(min(one.since for one in group)),
        "at": _stamp(first.at),
        "link": link_of(rules, first.found.look if is_one else _whole(group)),
        "alerts": [
            {
                "subject": one.change.found.subject or None,
                "value": one.change.found.value,
                "summary": one.change.found.says,
                "since": _stamp(one.since),
                "link": link_of(rules, one.change.found.look),
            }
            for one in group
        ],
    }


def _whole(group: Sequence[Message]) -> dict[str, str]:
    """Return the part of the views that all alerts of a group have."""
    looks = [one.change.found.look for one in group]
    return {name: value for name, value in looks[0].items() if all(look.get(name) == value for look in looks)}


def slack_body(group: Sequence[Message], rules: Rules) -> dict[str, Any]:
    """Return a line of text for each alert, with markup in names escaped."""
    sign = ":white_check_mark: Resolved" if group[0].change.state == RESOLVED else ":rotating_light: Firing"
    title = f"{sign}: *{_title(group[0], rules)}*"
    if len(group) == 1:
        return {"text": f"{title} — {_slack_line(group[0], rules)}"}
    lines = [f"• {_slack_line(one, rules)}" for one in group[:SLACK_LINES]]
    more = [f"… and {len(group) - SLACK_LINES} more"] if len(group) > SLACK_LINES else []
    return {"text": "\n".join([f"{title} · {len(group)}", *lines, *more])}


def _slack_line(message: Message, rules: Rules) -> str:
    says = message.change.found.says
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        says = says.replace(sign, name)
    link = link_of(rules, message.change.found.look)
    return says + (f" <{link}|Open dashboard>" if link else "")


def alertmanager_body(group: Sequence[Message], rules: Rules) -> list[dict[str, Any]]:
    """Return alerts that stay active until a later message ends them."""
    return [_alertmanager_alert(one, rules) for one in group]


def _alertmanager_alert(message: Message, rules: Rules) -> dict[str, Any]:
    change = message.change
    ends = change.at.replace(tzinfo=UTC) if change.state == RESOLVED else _FOR_EVER
    labels = {"alertname": f"whence-{change.found.alert}", "subject": change.found.subject}
    alert = {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {"summary": change.found.says, "description": _title(message, rules)},
        "startsAt": _stamp(message.since),
        "endsAt": ends.isoformat(),
    }
    link = link_of(rules, change.found.look)
    return alert | ({"generatorURL": link} if link else {})


BODIES = {"webhook": webhook_body, "slack": slack_body, "alertmanager": alertmanager_body}


def link_of(rules: Rules, look: Mapping[str, str]) -> str | None:
    """Return the address of the dashboard view; ``None`` if the ledger's own address is not configured."""
    return f"{rules.link}/?{urlencode(look)}" if rules.link else None


def _title(message: Message, rules: Rules) -> str:
    rule = rules.rules.get(message.change.found.alert)
    return rule.title if rule else message.change.found.alert


def _stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat()
