"""The Collector's queue in front of the ledger: what it has accepted arrives, once."""

import random
import time
from pathlib import Path

import pytest

from builders.collector import COLLECTOR, ROOT, TOKEN, running_collector
from builders.ledger import free_port, running_ledger
from builders.rounds import rounds
from builders.sender import Sender, finish, wait_for_rounds
from fakes.otlp_receiver import otlp_receiver

pytestmark = pytest.mark.skipif(not COLLECTOR.exists(), reason="no Go, so tests/run could not build the Collector")
CONFIGURATION = ROOT / "deploy/prometheus/collector.yaml"
KILLS = rounds(2, 30)


def test_nothing_is_lost_or_doubled_when_the_collector_is_killed_and_the_ledger_goes_away(tmp_path: Path) -> None:
    chance, port, data = random.Random(19), free_port(), tmp_path / "data"  # noqa: S311 no secret
    senders = [Sender(number, {"Authorization": f"Bearer {TOKEN}"}, pause=0.02) for number in range(2)]
    with otlp_receiver() as prometheus:
        addresses = {"PROMETHEUS_WRITE": prometheus.url, "WHENCE_LEDGER": "http://127.0.0.1:9"}
        # The ledger is not there yet.
        with running_collector(CONFIGURATION, tmp_path, "", port, **addresses) as collector:
            for sender in senders:
                sender.urls = (collector.url,)
                sender.start()
            wait_for_rounds(senders, 3)
            collector.kill()
        with running_ledger(data) as ledger:
            for _ in range(KILLS):
                addresses["WHENCE_LEDGER"] = ledger.url
                with running_collector(CONFIGURATION, tmp_path, "", port, **addresses) as collector:
                    time.sleep(chance.uniform(0.1, 1.5))
                    collector.kill()
        with running_collector(CONFIGURATION, tmp_path, "", port, **addresses) as collector:
            sent = finish(senders, more=3)
            collector.kill()
        with running_ledger(data) as ledger:
            addresses["WHENCE_LEDGER"] = ledger.url
            with running_collector(CONFIGURATION, tmp_path, "", port, **addresses):
                deadline = time.monotonic() + 120
                while (found := ledger.costs()) != {"acme/api": sent * 1.5}:
                    assert time.monotonic() < deadline, (found, sent)
                    time.sleep(0.2)
