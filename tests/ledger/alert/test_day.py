"""A day with everything in it, replayed with a clock of our own through both stores; and a week with nothing in it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders.comparable import comparable
from builders.history import clickhouse_engine, fill_exporter_tables
from builders.telemetry import EVER, cost, metrics, point, span, traces
from fakes.alert_receiver import alert_receiver
from whence_ledger.alert.book import FIRING, RESOLVED, Book
from whence_ledger.alert.keep import BookFile, SharedBook
from whence_ledger.alert.rule import Receiver, Rules, load_rules
from whence_ledger.alert.watch import Watch
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.item import Rows
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.duty import Duty
from whence_ledger.store.store import Store

pytestmark = pytest.mark.slow

DAY = datetime(2026, 11, 18)
PAPERS, GAME, API, SOLD, LEFT_TODAY = (
    f"https://github.com/{name}" for name in ("jane/papers", "jane/game", "acme/api-service", "acme/sold", "acme/gone")
)
OPUS = "claude-opus-4-8"


class Clock:
    """``now``: as the test says."""

    now = DAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class OnDuckDB:
    """The ledger's own file, with one server."""

    step = timedelta(minutes=5)

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self.store = Store(folder / "ledger.duckdb")
        self.stores: list[Store | ClickHouseStore] = [self.store]
        self.differences: list[str] = []

    def insert(self, rows: Rows) -> None:
        self.store.insert(rows)

    def watches(self, rules: Rules) -> list[Watch]:
        return [Watch(self.store.ask_alert, rules, BookFile(self._folder / "alerts.json"), self._clock)]

    def close(self) -> None:
        self.store.close()


class OnClickHouse:
    """ClickHouse's own engine, with two servers. Everything happens at a quarter of an hour. ``differences``: where a
    ledger's own file with the same rows has other alerts."""

    step = timedelta(minutes=15)

    def __init__(self, client: Any, folder: Path, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self.store = ClickHouseStore(client)
        self._twin = Store(folder / "twin.duckdb")
        self.stores: list[Store | ClickHouseStore] = [self.store, self._twin]
        self.differences: list[str] = []

    def insert(self, rows: Rows) -> None:
        fill_exporter_tables(self._client, rows)
        self.store.tidy()
        self._twin.insert(rows)

    def _ask(self, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        answers = [store.ask_alert(name, parameters) for store in self.stores]
        # Their order is that of find.
        rows, others = (sorted(comparable(one), key=lambda row: row["subject"]) for one in answers)
        if rows != others:
            self.differences.append(f"{name} at {parameters['now']}: {rows} is not {others}")
        return answers[0]

    def watches(self, rules: Rules) -> list[Watch]:
        at_once = timedelta(0)
        return [
            Watch(self._ask, rules, SharedBook(Duty(self._client, "here", settle=at_once)), self._clock)
            for _ in range(2)
        ]

    def close(self) -> None:
        self._twin.close()


@pytest.fixture(params=["duckdb", "clickhouse"])
def ledger(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[OnDuckDB | OnClickHouse]:
    opened: OnDuckDB | OnClickHouse
    if request.param == "duckdb":
        opened = OnDuckDB(tmp_path, clock)
        yield opened
        opened.close()
        return
    with clickhouse_engine() as client:
        opened = OnClickHouse(client, tmp_path, clock)
        yield opened
        opened.close()


def fill(ledger: OnDuckDB | OnClickHouse, first: date, days: int, developers: int) -> None:
    """Ordinary days, of developers who all have the hook."""
    store = ledger.store
    acme = organization(developers)
    acme = acme._replace(developers=tuple(one._replace(hook=True) for one in acme.developers))
    for rows in history(acme, first, days, every=900):
        ledger.insert(rows)
    for each in ledger.stores:
        each.tidy(timedelta(0))
    keys = [row["repository"] for row in store.ask("observations")]
    verdicts = [
        Verdict(key, "Managed" if "/acme/" in key else "Unmanaged", "in-organization" if "/acme/" in key else "test")
        for key in keys
    ]
    outside = [
        Verdict("github.com/jane/papers", "Unmanaged", "shares-history-with", "acme/handbook"),
        Verdict("github.com/jane/game", "Unmanaged", "outside-organization"),
        Verdict("github.com/acme/sold", "Unknown", "left-organization", left_on=DAY.date() - timedelta(days=1)),
        Verdict("github.com/acme/gone", "Managed", "deleted-from-organization", left_on=DAY.date()),
    ]
    for each in ledger.stores:
        each.put_labels([*verdicts, *outside], ["acme"])


def at(hour: float) -> int:
    """Nanoseconds since 1970 at that hour of the day."""
    return int((DAY + timedelta(hours=hour)).replace(tzinfo=UTC).timestamp()) * 10**9


def used(
    hour: float, user: str, session: str, usd: float = 0.0, model: str = OPUS, output: int = 0, active: int = 0
) -> list[dict[str, Any]]:
    """What a client reports at that hour."""
    common = {"user_email": user, "model": model}
    items = [cost(usd, session, at(hour), **common)] if usd else []
    if output:
        items.append(point("token.usage", output, session, at(hour), type="output", **common))
    if active:
        items.append(point("active_time.total", active, session, at(hour), type="cli", **common))
    return items


def incidents() -> dict[float, tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Data points and spans, by the hour at which they arrive."""
    told: dict[float, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {}

    def tell(hour: float, points: list[dict[str, Any]], *spans: dict[str, Any]) -> None:
        known = told.setdefault(hour, ([], []))
        known[0].extend(points)
        known[1].extend(spans)

    tell(0.5, used(0.5, "new@acme.example", "new", 1.0, "claude-next-1", output=20_000), seen(0.5, "new", API))
    for hour, model in ((0.75, "claude-sonnet-5"), (1.0, OPUS), (1.25, OPUS)):
        tell(hour, used(hour, "dear@acme.example", "dear", 35.0, model), seen(hour, "dear", API))
    tell(2.25, used(2.25, "jane@acme.example", "burst", 95.0), seen(2.25, "burst", GAME))
    tell(2.5, used(2.5, "jill@acme.example", "burst2", 90.0), seen(2.5, "burst2", GAME))
    tell(3.0, used(3.0, "paul@acme.example", "papers", 2.0), seen(3.0, "papers", PAPERS))
    tell(3.5, used(3.5, "ann@acme.example", "sold", 1.0), seen(3.5, "sold", SOLD), seen(3.5, "sold", LEFT_TODAY))
    for quarter in range(10):
        hour = 3.25 + quarter / 4
        tell(hour, used(hour, "mia@acme.example", "endless", 0.5, active=870), seen(hour, "endless", API))
    for quarter in range(4):
        hour = 4.25 + quarter / 4
        tell(hour, used(hour, "rob@acme.example", "flood", 1.0, output=51_000), seen(hour, "flood", API))
    for number in range(5):
        busy = f"busy{number}"
        tell(6.0, used(6.0, f"{busy}@acme.example", busy, 0.5, output=11_000), seen(6.0, busy, API))
    for number in range(3):
        tell(5.0, used(5.0, "mute@acme.example", f"mute{number}", 2.0))
        tell(5.25, [], seen(5.25, f"spans{number}", API, "only-spans@acme.example"))
    return told


def seen(hour: float, session: str, repository: str, user: str | None = None) -> dict[str, Any]:
    """What the hook reports at that hour."""
    return span(repository, session, at(hour), user_email=user)


EXPECTED = {
    ("new-model", "claude-next-1"): 0.5,
    ("user-daily-cost", "dear@acme.example"): 1.25,
    ("cost-rate", ""): 2.5,
    # The hour's cost passes $100 with the second burst, and is so for a quarter of an hour.
    ("model-concentration", OPUS): 2.75,
    ("unmanaged-share", ""): 2.75,
    ("company-history-outside", "jane/papers"): 3.0,
    ("left-organization", "acme/sold"): 3.5,
    ("runaway-tokens", "flood"): 5.0,
    ("runaway-active-time", "endless"): 5.25,
    ("coverage", "mute@acme.example"): 6.0,
    ("coverage", "only-spans@acme.example"): 6.25,
    ("no-commits", ""): 7.0,
}


def test_each_alert_fires_when_it_should_and_is_told_once_each_way(
    ledger: OnDuckDB | OnClickHouse, clock: Clock, tmp_path: Path
) -> None:
    fill(ledger, (DAY - timedelta(days=10)).date(), 9, developers=12)
    told = incidents()
    with alert_receiver() as receiver:
        receivers = {"money": Receiver("money", "webhook", receiver.url)}
        rules = load_rules(tmp_path / "none.toml")._replace(receivers=receivers, link="https://whence.example.com")
        watches = ledger.watches(rules)
        fired: dict[tuple[str, str], datetime] = {}
        for number in range(int(timedelta(hours=7, minutes=15) / ledger.step)):
            clock.now = DAY + ledger.step * number
            points, spans = told.get((clock.now - DAY) / timedelta(hours=1), ([], []))
            rows = Rows(
                points=decode_metrics(metrics(*points), True, EVER).rows.points,
                spans=decode_traces(traces(*spans), True, EVER).rows.spans,
            )
            if any(rows):
                ledger.insert(rows)
            turn(watches)
            for alert in watches[0].book.alerts:
                if alert.fired:
                    fired.setdefault(alert.key, alert.fired)
            if number % 7 == 6:
                # The first one ends. Another one, or the same one restarted, continues from its state.
                watches.pop(0).close()
                watches = [*watches, *ledger.watches(rules)][:2]
        for _ in range(10):
            clock.now += timedelta(hours=3)
            turn(watches)
        books = tell_all(watches, clock)
        for watch in watches:
            watch.close()
    assert ledger.differences == []
    hours = {key: (moment - DAY) / timedelta(hours=1) for key, moment in fired.items()}
    assert set(hours) == set(EXPECTED)
    for key, expected in EXPECTED.items():
        assert expected <= hours[key] <= expected + 0.1, (key, hours[key])
    assert [(book.alerts, book.messages) for book in books] == [((), ())] * len(books)
    told_of = [
        (one.body["alert"], alert["subject"] or "", one.body["state"])
        for one in receiver.accepted
        for alert in one.body["alerts"]
    ]
    assert sorted(told_of) == sorted((*key, state) for key in EXPECTED for state in (FIRING, RESOLVED))
    for key in EXPECTED:
        assert told_of.index((*key, FIRING)) < told_of.index((*key, RESOLVED))
    assert len({one.key for one in receiver.accepted}) == len(receiver.accepted)
    assert receiver.attempts.count(False) >= len(receiver.accepted) - 1


def turn(watches: list[Watch]) -> None:
    """What each server does again and again."""
    leading = 0
    for watch in watches:
        if watch.refresh():
            leading += 1
            watch.look()
            watch.tell()
    assert leading == 1


def tell_all(watches: list[Watch], clock: Clock) -> list[Book]:
    """Send what is left, to a receiver that refuses every second attempt; return what each server knows then."""
    for _ in range(60):
        clock.now += timedelta(minutes=15)
        for watch in watches:
            if watch.refresh():
                watch.tell()
        for watch in watches:
            watch.refresh()
        if not any(watch.book.messages for watch in watches):
            break
    return [watch.book for watch in watches]


@pytest.mark.long
@pytest.mark.parametrize("ledger", ["duckdb"], indirect=True)
def test_a_quiet_week_fires_nothing(ledger: OnDuckDB | OnClickHouse, clock: Clock, tmp_path: Path) -> None:
    first = (DAY - timedelta(days=16)).date()
    fill(ledger, first, 16, developers=25)
    watch = ledger.watches(load_rules(tmp_path / "none.toml"))[0]
    clock.now = DAY - timedelta(days=7)
    while clock.now < DAY:
        watch.look()
        clock.now += timedelta(minutes=45)
    watch.close()
    assert [(one.found.alert, one.found.subject, one.found.value) for one in watch.book.changes] == []
