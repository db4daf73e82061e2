"""What the tests of the hook stand on: a receiver, and a machine that sends to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.machine import Machine
from fakes.otlp_receiver import Receiver, otlp_receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with otlp_receiver() as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path, receiver: Receiver) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.configure(receiver.url)
    return machine
