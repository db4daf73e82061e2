"""Deliver notifications: each change to each receiver, in order, until the receiver accepts it.

Slack: https://api.slack.com/messaging/webhooks. Alertmanager: https://github.com/prometheus/alertmanager, API v2.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from whence_ledger.alert.book import RESOLVED, Book, Message, postpone
from whence_ledger.alert.rule import Receiver, Rules

TIMEOUT_SECONDS = 10
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
    for message in book.messages:
        receiver = rules.receivers.get(message.receiver)
        if receiver is None:
            continue
        if message.receiver in held or message.due > now or not may():
            held.add(message.receiver)
            left.append(message)
        elif not _send(message, receiver, rules, client):
            held.add(message.receiver)
            if now - message.change.at > GIVE_UP:
                given_up += 1
                _log.error(
                    "Dropped a notification of %s: receiver %s did not accept it for %d days",
                    message.change.found.alert,
                    receiver.name,
                    GIVE_UP.days,
                )
            else:
                left.append(postpone(message, now))
    return book._replace(messages=tuple(left), given_up=given_up)


def _send(message: Message, receiver: Receiver, rules: Rules, client: httpx.Client) -> bool:
    address = f"{receiver.url}/api/v2/alerts" if receiver.kind == "alertmanager" else receiver.url
    body = BODIES[receiver.kind](message, rules)
    try:
        answer = client.post(address, json=body, headers={"Idempotency-Key": message.id}, timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The address may contain a secret: do not log it.
        _log.warning("Cannot reach alert receiver %s (%s)", receiver.name, type(error).__name__)
        return False
    if not answer.is_success:
        _log.warning("Alert receiver %s answered %d", receiver.name, answer.status_code)
    return answer.is_success


def webhook_body(message: Message, rules: Rules) -> dict[str, Any]:
    """Return a flat JSON object."""
    found = message.change.found
    return {
        "id": message.id,
        "alert": found.alert,
        "title": _title(message, rules),
        "state": message.change.state,
        "subject": found.subject or None,
        "value": found.value,
        "summary": found.says,
        "since": _stamp(message.since),
        "at": _stamp(message.change.at),
        "link": link_of(rules, found.look),
    }


def slack_body(message: Message, rules: Rules) -> dict[str, Any]:
    """Return one line of text with markup in names escaped."""
    says = message.change.found.says
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        says = says.replace(sign, name)
    sign = ":white_check_mark: Resolved" if message.change.state == RESOLVED else ":rotating_light: Firing"
    link = link_of(rules, message.change.found.look)
    return {"text": f"{sign}: *{_title(message, rules)}* — {says}" + (f" <{link}|Open dashboard>" if link else "")}


def alertmanager_body(message: Message, rules: Rules) -> list[dict[str, Any]]:
    """Return one alert that stays active until a later message ends it."""
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
    return [alert | ({"generatorURL": link} if link else {})]


BODIES = {"webhook": webhook_body, "slack": slack_body, "alertmanager": alertmanager_body}


def link_of(rules: Rules, look: Mapping[str, str]) -> str | None:
    """Return the address of the dashboard view; ``None`` if the ledger's own address is not configured."""
    return f"{rules.link}/?{urlencode(look)}" if rules.link else None


def _title(message: Message, rules: Rules) -> str:
    rule = rules.rules.get(message.change.found.alert)
    return rule.title if rule else message.change.found.alert


def _stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat()
