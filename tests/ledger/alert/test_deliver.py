"""Delivery, to real HTTP receivers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from fakes.alert_receiver import alert_receiver
from whence_ledger.alert.book import Book, Found, advance
from whence_ledger.alert.deliver import deliver
from whence_ledger.alert.rule import Receiver, Rules, load_rules

NOON = datetime(2026, 11, 24, 12)
HOSTILE = Found("user-daily-cost", "<!channel> & co", 120.0, "<!channel> & co spent $120", {"user": "<!channel> & co"})


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as one:
        yield one


def rules_for(tmp_path: Path, kind: str, url: str) -> Rules:
    rules = load_rules(tmp_path / "none.toml")
    return rules._replace(receivers={"r": Receiver("r", kind, url)}, link="https://whence.example.com")


def test_a_webhook_gets_a_plain_object(tmp_path: Path, client: httpx.Client) -> None:
    with alert_receiver(fails=False) as receiver:
        rules = rules_for(tmp_path, "webhook", receiver.url + "/hook")
        book = deliver(advance(Book(), [HOSTILE], rules, NOON), rules, client, NOON)
        assert book.messages == ()
        (accepted,) = receiver.accepted
    assert accepted.path == "/hook"
    assert accepted.body | {"id": None} == {
        "id": None,
        "alert": "user-daily-cost",
        "title": "A user's daily cost is high",
        "state": "firing",
        "subject": "<!channel> & co",
        "value": 120.0,
        "summary": "<!channel> & co spent $120",
        "since": "2026-11-24T12:00:00+00:00",
        "at": "2026-11-24T12:00:00+00:00",
        "link": "https://whence.example.com/?user=%3C%21channel%3E+%26+co",
        "alerts": [
            {
                "subject": "<!channel> & co",
                "value": 120.0,
                "summary": "<!channel> & co spent $120",
                "since": "2026-11-24T12:00:00+00:00",
                "link": "https://whence.example.com/?user=%3C%21channel%3E+%26+co",
            }
        ],
    }
    assert accepted.body["id"] == accepted.key


def test_slack_takes_no_name_for_a_command(tmp_path: Path, client: httpx.Client) -> None:
    with alert_receiver(fails=False) as receiver:
        rules = rules_for(tmp_path, "slack", receiver.url)
        deliver(advance(Book(), [HOSTILE], rules, NOON), rules, client, NOON)
        text = receiver.accepted[0].body["text"]
    assert "&lt;!channel&gt; &amp; co spent $120" in text
    assert "<!channel>" not in text


def test_alertmanager_is_told_when_it_ends(tmp_path: Path, client: httpx.Client) -> None:
    with alert_receiver(fails=False) as receiver:
        rules = rules_for(tmp_path, "alertmanager", receiver.url)
        later = NOON + timedelta(hours=2)
        book = deliver(advance(Book(), [HOSTILE], rules, NOON), rules, client, NOON)
        deliver(advance(book, [], rules, later), rules, client, later)
        (firing,), (resolved,) = (one.body for one in receiver.accepted)
        assert {one.path for one in receiver.accepted} == {"/api/v2/alerts"}
    assert (
        firing["labels"] == resolved["labels"] == {"alertname": "whence-user-daily-cost", "subject": "<!channel> & co"}
    )
    assert firing["startsAt"] == resolved["startsAt"]
    assert firing["endsAt"] > "2099"
    assert resolved["endsAt"] == "2026-11-24T14:00:00+00:00"


def test_nobody_hears_that_it_is_over_before_they_hear_that_it_began(tmp_path: Path, client: httpx.Client) -> None:
    with alert_receiver() as receiver:
        rules = rules_for(tmp_path, "webhook", receiver.url)
        later = NOON + timedelta(hours=2)
        book = advance(advance(Book(), [HOSTILE], rules, NOON), [], rules, later)
        for _ in range(10):
            later += timedelta(minutes=1)
            book = deliver(book, rules, client, later)
        assert [one.body["state"] for one in receiver.accepted] == ["firing", "resolved"]
        assert receiver.attempts == [False, True, False, True]


def test_what_cannot_be_delivered_for_days_is_given_up_and_counted(tmp_path: Path, client: httpx.Client) -> None:
    rules = rules_for(tmp_path, "webhook", "http://127.0.0.1:9")
    book = deliver(advance(Book(), [HOSTILE], rules, NOON), rules, client, NOON)
    assert (len(book.messages), book.messages[0].attempts) == (1, 1)
    late = deliver(book, rules, client, NOON + timedelta(days=4))
    assert (late.messages, late.given_up) == ((), 1)


def test_a_redirect_is_no_acceptance(tmp_path: Path, client: httpx.Client) -> None:
    with alert_receiver(refusal=302) as receiver:
        rules = rules_for(tmp_path, "webhook", receiver.url)
        book = deliver(advance(Book(), [HOSTILE], rules, NOON), rules, client, NOON)
        assert (len(book.messages), receiver.attempts) == (1, [False])


@pytest.mark.parametrize("kind", ["webhook", "slack", "alertmanager"])
def test_what_one_rule_finds_at_once_is_one_notification_with_the_same_key_at_every_attempt(
    tmp_path: Path, client: httpx.Client, kind: str
) -> None:
    users = [
        HOSTILE._replace(subject=name, says=f"{name} spent", look={"tab": "users", "user": name}) for name in "abc"
    ]
    other = Found("new-model", "opus", 1.0, "opus is in use", {"tab": "cost"})
    with alert_receiver() as receiver:
        rules = rules_for(tmp_path, kind, receiver.url)
        book = deliver(advance(Book(), [*users[:2], other], rules, NOON), rules, client, NOON)
        assert [one.attempts for one in book.messages] == [1, 1, 0]
        # Another user's alert joins no notification that may have arrived already.
        book = advance(book, [*users, other], rules, NOON + timedelta(minutes=1))
        later = NOON
        for _ in range(20):
            later += timedelta(minutes=1)
            book = deliver(book, rules, client, later)
        assert book.messages == ()
        found = [one.body for one in receiver.accepted]
    assert len({one.key for one in receiver.accepted}) == len(found) == 3
    match kind:
        case "webhook":
            assert [[one["subject"] for one in body["alerts"]] for body in found] == [["a", "b"], ["opus"], ["c"]]
            assert [body["subject"] for body in found] == [None, "opus", "c"]
            assert found[0]["link"] == "https://whence.example.com/?tab=users"
        case "slack":
            assert found[0]["text"].splitlines()[0].endswith("*A user's daily cost is high* · 2")
            assert [line[:9] for line in found[0]["text"].splitlines()[1:]] == ["• a spent", "• b spent"]
        case _:
            assert [[one["labels"]["subject"] for one in body] for body in found] == [["a", "b"], ["opus"], ["c"]]
