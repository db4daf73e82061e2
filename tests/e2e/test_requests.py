"""The split by request against the truth: real sessions of both clients whose cost by repository is known."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from builders.claude_code import CLIENTS, NEWEST_CLAUDE
from builders.git_repository import make_repository
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.truth import Played, Shape, agent, astray, play, read, turn, write
from fakes.telemetry_tap import Tap, telemetry_tap

RULES = ("session", "prompt", "request")


class World(NamedTuple):
    """A machine with the hook, a ledger, the environment that sends telemetry to it, and two repositories."""

    machine: Machine
    ledger: Ledger
    tap: Tap
    a: Path
    b: Path

    def play(self, client: Path, shape: Shape) -> tuple[Played, str]:
        """Run a session that starts in ``a``; return its true cost and its team in reports."""
        team = f"{client.parents[2].name}-{abs(hash(shape.name))}"
        places = {"acme/a": self.a, "acme/b": self.b}
        played = play(self.machine, client, self.tap, places, self.a, shape, team)
        deadline = time.monotonic() + 120
        while self.cost(team) != pytest.approx(played.cost_usd, abs=1e-9) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert self.cost(team) == pytest.approx(played.cost_usd, abs=1e-9)
        return played, team

    def cost(self, team: str) -> float:
        """All that the ledger knows about it."""
        return float(self.ledger.get("cost", team=team)["cost_usd"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("truth")
    machine = Machine(folder / "home")
    machine.home.mkdir()
    a, b = (make_repository(folder / "src" / name, f"https://github.com/acme/{name}.git") for name in ("a", "b"))
    with running_ledger(folder / "data") as ledger, telemetry_tap(ledger.url) as tap:
        assert machine.whence("install", "--endpoint", tap.url).returncode == 0
        yield World(machine, ledger, tap, a, b)


def rows(a: Path, b: Path) -> list[Shape]:
    """The five sessions of the table."""
    return [
        Shape(
            "expensive prompt in A, cheap one in B",
            {"dear": [turn(read(a), output=4000), turn(write(a), output=9000)], "cheap": [turn(read(b), output=50)]},
            ("dear", "cheap"),
        ),
        Shape(
            "large context in A, resumed cold for a small edit in B",
            {
                "large": [turn(read(a), read=150_000, creation=20_000)] * 4,
                "small": [turn(read(b), read=0, creation=190_000), turn(write(b), read=190_000)],
            },
            ("large", "small"),
        ),
        Shape(
            "eight prompts, one repository each",
            {f"p{n}": [turn(read((a, b)[n % 2]), output=3000 if n % 2 else 400)] for n in range(8)},
            [f"p{n}" for n in range(8)],
        ),
        Shape(
            "one prompt: 12 reads in A, 3 long writes in B",
            {
                "mixed": [turn(read(a, 4), output=120)] * 3
                + [turn(write(b, f"{n}.txt"), output=12_000) for n in range(3)]
            },
            ("mixed",),
        ),
        Shape(
            "a haiku subagent reads B, opus writes in A",
            {
                "main": [turn(agent("look")), turn(write(a), output=9000), turn(write(a, "more.txt"), output=9000)],
                "look": [turn(read(b, 3)), turn(read(b, 3)), turn(read(b, 2))],
            },
            ("main",),
        ),
    ]


@pytest.mark.parametrize("client", CLIENTS)
def test_the_five_sessions_of_the_table(world: World, client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, dict[str, float]] = {}
    for shape in rows(world.a, world.b):
        for name in ("new.txt", "more.txt", "0.txt", "1.txt", "2.txt"):
            for place in (world.a, world.b):
                (place / name).unlink(missing_ok=True)
        played, team = world.play(client, shape)
        found[shape.name] = {
            rule: astray(played.truth, world.ledger.costs(team=team, **({"split": rule} if rule else {})))
            for rule in (*RULES, "")
        }
        models = {
            (name, model): world.ledger.get("models", team=team, repository=name) for name, model in played.tokens
        }
        tokens = {
            (name, model): sum(row["tokens"] for row in rows if row["model"] == model)
            for (name, model), rows in models.items()
        }
        if client == NEWEST_CLAUDE:
            assert tokens == pytest.approx(played.tokens, abs=1), shape.name
    with capsys.disabled():
        print(f"\n{client.parents[2].name}: how much of the cost is astray")
        for name, shares in found.items():
            print(f"  {name:58}", *(f"{rule} {shares[rule]:6.1%}" for rule in RULES))
    for name, shares in found.items():
        assert shares[""] == shares["request"]
        assert shares["request"] == pytest.approx(0, abs=1e-6), name
        assert shares["session"] > 0.1
