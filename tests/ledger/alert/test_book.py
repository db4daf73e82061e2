"""The book of alerts: what follows from what was found, and when."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from whence_ledger.alert.book import (
    Book,
    Found,
    Message,
    advance,
    is_silenced,
    load_book,
    look_of,
    postpone,
    save_book,
    silence,
)
from whence_ledger.alert.rule import Receiver, RuleError, Rules, load_rules

NOON = datetime(2026, 11, 24, 12)
COST = Found("user-daily-cost", "ada", 120.0, "ada spent", {"user": "ada"})
SHARE = Found("unmanaged-share", "", 0.5, "half", {})


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    receivers = {name: Receiver(name, "webhook", "http://127.0.0.1:9") for name in ("a", "b")}
    return load_rules(tmp_path / "none.toml")._replace(receivers=receivers)


def after(rules: Rules, *steps: tuple[int, list[Found]], book: Book | None = None) -> Book:
    """The book after what was found, at so many minutes past noon each."""
    book = book or Book()
    for minutes, found in steps:
        book = advance(book, found, rules, NOON + timedelta(minutes=minutes))
    return book


def told(book: Book) -> list[tuple[str, str]]:
    return [(message.change.state, message.receiver) for message in book.messages]


def test_what_need_not_hold_fires_at_once_and_every_receiver_is_told(rules: Rules) -> None:
    assert told(after(rules, (0, [COST]), (1, [COST]), (2, [COST]))) == [("firing", "a"), ("firing", "b")]


def test_what_must_hold_fires_only_when_it_did(rules: Rules) -> None:
    assert told(after(rules, (0, [SHARE]), (14, [SHARE]))) == []
    assert told(after(rules, (0, [SHARE]), (10, []), (15, [SHARE]), (20, [SHARE]))) == []
    fired = after(rules, (0, [SHARE]), (15, [SHARE]))
    assert told(fired) == [("firing", "a"), ("firing", "b")]
    assert fired.alerts[0].since == NOON


def test_it_is_over_only_when_it_was_quiet_for_a_while(rules: Rules) -> None:
    once = after(rules, (0, [COST]), (30, []), (40, [COST]), (95, []))
    assert [change.state for change in once.changes] == ["firing"]
    over = after(rules, (101, []), book=once)
    assert [change.state for change in over.changes] == ["firing", "resolved"]
    assert over.alerts == ()
    assert told(over)[2:] == [("resolved", "a"), ("resolved", "b")]


def test_nobody_hears_of_it_in_silence_and_somebody_does_when_that_ends(rules: Rules) -> None:
    quiet = silence(Book(), "user-daily-cost", "ada", NOON + timedelta(hours=1))
    during = after(rules, (0, [COST]), (59, [COST]), book=quiet)
    assert told(during) == []
    assert [change.state for change in during.changes] == ["firing"]
    other = COST._replace(subject="bob")
    assert told(after(rules, (1, [COST, other]), book=quiet)) == [("firing", "a"), ("firing", "b")]
    assert told(after(rules, (61, [COST]), book=during)) == [("firing", "a"), ("firing", "b")]
    # What began and ended in silence is told to nobody.
    long = silence(Book(), "user-daily-cost", None, NOON + timedelta(hours=9))
    assert told(after(rules, (0, [COST]), (200, []), book=long)) == []


def test_an_alert_that_is_no_more_enabled_is_over(rules: Rules) -> None:
    fired = after(rules, (0, [COST]))
    without = rules._replace(rules={name: rule for name, rule in rules.rules.items() if name != "user-daily-cost"})
    assert after(without, (1, []), book=fired).alerts == ()


def test_the_same_change_has_the_same_id_and_another_has_another(rules: Rules) -> None:
    first, again = (after(rules, (0, [COST])) for _ in range(2))
    assert [one.id for one in first.messages] == [one.id for one in again.messages]
    later = after(rules, (0, [COST]), (61, []), (62, [COST]))
    assert len({message.id for message in later.messages}) == 6


def test_a_book_is_read_as_it_was_written_and_is_for_its_owner(rules: Rules, tmp_path: Path) -> None:
    book = silence(after(rules, (0, [COST, SHARE]), (5, [SHARE])), "no-commits", None, NOON)
    save_book(book, tmp_path / "alerts.json")
    assert load_book(tmp_path / "alerts.json") == book
    assert (tmp_path / "alerts.json").stat().st_mode & 0o777 == 0o600
    assert load_book(tmp_path / "none.json") == Book()
    for damaged in ("", "[]", '{"alerts": [1]}'):
        (tmp_path / "alerts.json").write_text(damaged)
        with pytest.raises(ValueError):
            load_book(tmp_path / "alerts.json")


def test_attempts_come_later_each_time_but_never_later_than_a_quarter_of_an_hour(rules: Rules) -> None:
    message: Message = after(rules, (0, [COST])).messages[0]
    delays = []
    for _ in range(10):
        message = postpone(message, NOON)
        delays.append((message.due - NOON).total_seconds())
    assert delays[:3] == [5, 10, 20]
    assert delays[-1] == 900


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[nonsense]\n", "unknown alert nonsense. Alerts: new-model"),
        ("[user-daily-cost]\nusd = 'much'\n", "usd must be a number, 0 or more, such as 100"),
        ("[user-daily-cost]\nusd = -1\n", "usd must be a number, 0 or more, such as 100"),
        ("[user-daily-cost]\neuros = 1\n", "unknown key euros. Keys: title"),
        ("[no-commits]\nfor = 'a while'\n", "is not a duration"),
        ("[receivers.x]\nkind = 'fax'\nurl = 'http://a'\n", "kind must be one of webhook"),
        ("[receivers.x]\nkind = 'slack'\nurl = 'ftp://a'\n", "must be an http or https address"),
        ("[receivers.x]\nkind = 'slack'\nurl = '$NOT_SET'\n", "must be an http or https address"),
        ("receivers = 1\n", "must be a table"),
        ("[", "Cannot read"),
    ],
)
def test_a_file_of_alerts_that_is_wrong_says_where(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(text)
    with pytest.raises(RuleError) as raised:
        load_rules(path)
    assert words in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_file_changes_only_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(
        "[user-daily-cost]\nusd = 250\n[no-commits]\nenabled = false\n[ledger]\nurl = 'https://w.example/'\n"
    )
    rules = load_rules(path)
    assert rules.rules["user-daily-cost"].thresholds == {"usd": 250}
    assert "no-commits" not in rules.rules
    assert rules.link == "https://w.example"
    assert len(rules.rules) == 12


def test_the_view_of_an_alert_about_a_session_opens_its_drawer(rules: Rules) -> None:
    look = look_of(rules.rules["runaway-tokens"], {"user": "ada@acme.example", "session_id": "s1"})
    assert look == {"tab": "usage", "range": "24h", "user": "ada@acme.example", "drawer": "session:s1"}


def test_a_user_whose_address_was_kept_as_sent_is_the_same_user_after_an_upgrade(rules: Rules, tmp_path: Path) -> None:
    ada = COST._replace(subject="Ada@Acme.example", look={"user": "Ada@Acme.example"})
    firing = silence(after(rules, (0, [ada])), "user-daily-cost", "ADA@acme.example", NOON + timedelta(hours=9))
    save_book(firing, tmp_path / "alerts.json")
    now = ada._replace(subject="ada@acme.example", look={"user": "ada@acme.example"})
    book = after(rules, (1, [now]), (120, [now]), book=load_book(tmp_path / "alerts.json"))
    assert [change.state for change in book.changes] == ["firing"]
    assert is_silenced(book, book.alerts[0], NOON)


def test_an_alert_keeps_its_thresholds_and_silences_when_its_name_changes(rules: Rules, tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text("[silent-machines]\nusd = 9\n")
    assert load_rules(path).rules["coverage"].thresholds["usd"] == 9
    path.write_text("[silent-machines]\nenabled = false\n")
    assert "coverage" not in load_rules(path).rules
    found = Found("silent-machines", "ada", 6.0, "ada", {"user": "ada"})
    before = silence(after(rules, (0, [found._replace(alert="coverage")])), "silent-machines", "ada", NOON)
    before = before._replace(alerts=tuple(one._replace(found=found) for one in before.alerts))
    save_book(before, tmp_path / "alerts.json")
    read = load_book(tmp_path / "alerts.json")
    assert [one.key for one in read.alerts] == [("coverage", "ada")]
    assert [one.alert for one in read.silences] == ["coverage"]
