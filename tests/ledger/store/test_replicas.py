"""Two servers on one ClickHouse, of which either is killed at any moment while data arrives."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from builders.history import clickhouse_engine
from builders.ledger import Ledger, running_ledger
from builders.rounds import rounds
from builders.sender import Sender, finish, wait_for_rounds
from fakes.clickhouse_http import clickhouse_over_http

pytestmark = pytest.mark.slow

KILLS = rounds(2, 40)
LONGEST = rounds(3, 11)
"""Seconds that both run. A server divides what has arrived every ten seconds."""
SEED = 17


@pytest.fixture
def clickhouse() -> Iterator[str]:
    """ClickHouse's own engine with nothing in it, before and after, over HTTP."""
    with clickhouse_engine(exporter=False), clickhouse_over_http() as url:
        yield url


def test_nothing_is_lost_or_doubled_when_either_of_two_servers_is_killed(clickhouse: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 no secret
    senders = [Sender(number, pause=0.05) for number in range(2)]
    with ExitStack() as everything:
        stacks = [everything.enter_context(ExitStack()) for _ in range(2)]

        def start(which: int) -> Ledger:
            server = running_ledger(tmp_path / f"server-{which}", "--store", clickhouse)
            return stacks[which].enter_context(server)

        servers = [start(0), start(1)]
        for kill in range(KILLS):
            for sender in senders:
                # As behind a load balancer: if one fails, the other one is next.
                sender.urls = [server.url for server in servers]
                if kill == 0:
                    sender.start()
            time.sleep(chance.uniform(0.5, LONGEST))
            which = chance.randrange(2)
            servers[which].kill()
            wait_for_rounds(senders)
            stacks[which].close()
            servers[which] = start(which)
        sent = finish(senders)
        expected = (sent * 1.5, {"acme/api": sent * 1.5}, {sender.number for sender in senders})
        for server in servers:
            deadline = time.monotonic() + 180
            while (found := told(server)) != expected:
                assert time.monotonic() < deadline, (found, expected)
                time.sleep(2)


def told(server: Ledger) -> tuple[float, dict[str | None, float], set[int]]:
    """The cost, that of each repository, and the clients whose sessions there are."""
    sessions = {int(row["session"][1:].split("-")[0]) for row in server.get("sessions", limit=1000)}
    return server.get("overview")["cost_usd"], server.costs(), sessions
