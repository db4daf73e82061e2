"""How far each rule that divides sessions is from the truth, on sessions of the real client with generated shapes.

Run it: ``.venv/bin/python tests/bench/split.py [SHAPES [SEED]]``. Each shape is played by both clients with the hook
installed: long contexts, caches rebuilt after a pause, subagents of other models, retries, compaction, prompts that
alternate between repositories, concurrent calls. It prints the total variation from the truth: the share of a session's
cost that a rule attributes to the wrong repositories. The truth: ``tests/builders/truth.py``.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.claude_code import CLAUDE, NEWEST_CLAUDE
from builders.git_repository import make_repository
from builders.ledger import running_ledger
from builders.machine import Machine
from builders.truth import Shape, agent, astray, play, read, turn, write
from fakes.messages_api import Turn
from fakes.telemetry_tap import telemetry_tap

CLIENTS = {"2.1.197": CLAUDE, "newest": NEWEST_CLAUDE}
RULES = ("session", "prompt", "request")
NAMES = ("a", "b", "c")


def shapes(count: int, seed: int, places: dict[str, Path]) -> list[Shape]:
    """Return this many sessions, taking each kind in turn."""
    dice = random.Random(seed)  # noqa: S311
    kinds: list[Callable[[random.Random, list[Path]], Shape]] = [
        _alternating,
        _long_context,
        _rebuilt_cache,
        _at_once,
        _subagents,
        _silent_subagent,
        _parallel_subagents,
        _retried,
        _compacted,
        _talk,
    ]
    made = []
    for number in range(count):
        folders = list(places.values())
        dice.shuffle(folders)
        shape = kinds[number % len(kinds)](dice, folders)
        made.append(shape._replace(name=f"{number:02} {shape.name}"))
    return made


def _used(dice: random.Random) -> dict[str, Any]:
    """Return the usage of an answer: mostly a little, sometimes a lot."""
    return {
        "output": int(dice.lognormvariate(6.3, 1.2)) + 20,
        "read": dice.randrange(5_000, 160_000),
        "creation": dice.randrange(200, 20_000),
    }


def _turns(dice: random.Random, folders: list[Path], most: int = 5) -> list[Turn]:
    """Return some answers, each in one or two repositories."""
    made = []
    for _ in range(dice.randrange(2, most + 1)):
        calls = read(dice.choice(folders), dice.randrange(1, 4))
        if dice.random() < 0.25:
            calls += read(dice.choice(folders))
        made.append(turn(calls, **_used(dice)))
    return made


def _alternating(dice: random.Random, folders: list[Path]) -> Shape:
    names = [f"p{number}" for number in range(dice.randrange(2, 4))]
    scripts = {name: _turns(dice, [folders[place % 3]]) for place, name in enumerate(names)}
    return Shape("prompts alternate", scripts, names)


def _long_context(dice: random.Random, folders: list[Path]) -> Shape:
    large = [turn(read(folders[0], 2), read=190_000, creation=5_000, output=400) for _ in range(4)]
    small = [turn(read(folders[1], 6), read=8_000, output=100) for _ in range(2)]
    return Shape("a long context, then a short one", {"p": large + small}, ("p",))


def _rebuilt_cache(dice: random.Random, folders: list[Path]) -> Shape:
    warm = [turn(read(folders[0]), read=150_000) for _ in range(3)]
    cold = [
        turn(read(folders[1]), read=0, creation=dice.randrange(100_000, 190_000)),
        turn(write(folders[1], "cold.txt")),
    ]
    return Shape("resumed with a cold cache", {"warm": warm, "cold": cold}, ("warm", "cold"))


def _at_once(dice: random.Random, folders: list[Path]) -> Shape:
    made = [turn(read(folders[0], 3), read(folders[1]), **_used(dice)), turn(read(folders[2], 2), **_used(dice))]
    return Shape("calls at once in several repositories", {"p": made + _turns(dice, folders)}, ("p",))


def _subagents(dice: random.Random, folders: list[Path]) -> Shape:
    main = [turn(read(folders[0])), turn(agent("look", dice.choice(["haiku", "sonnet"]))), *_turns(dice, [folders[0]])]
    return Shape("a subagent of another model", {"main": main, "look": _turns(dice, [folders[1]], 4)}, ("main",))


def _silent_subagent(dice: random.Random, folders: list[Path]) -> Shape:
    main = [turn(read(folders[0])), turn(agent("think")), turn(write(folders[1], "after.txt"), output=3000)]
    return Shape("a subagent that touches nothing", {"main": main, "think": []}, ("main",))


def _parallel_subagents(dice: random.Random, folders: list[Path]) -> Shape:
    main = [turn(read(folders[0])), turn(agent("one"), agent("two")), turn(read(folders[0]), **_used(dice))]
    scripts = {"main": main, "one": _turns(dice, [folders[1]]), "two": _turns(dice, [folders[2]])}
    return Shape("two subagents at the same time", scripts, ("main",))


def _retried(dice: random.Random, folders: list[Path]) -> Shape:
    made = [one._replace(overloaded=place % 2 == 1) for place, one in enumerate(_turns(dice, folders))]
    return Shape("the API is overloaded", {"p": made}, ("p",))


def _compacted(dice: random.Random, folders: list[Path]) -> Shape:
    scripts = {"before": _turns(dice, [folders[0]]), "after": _turns(dice, [folders[1]])}
    return Shape("compacted between two prompts", scripts, ("before", "/compact", "after"))


def _talk(dice: random.Random, folders: list[Path]) -> Shape:
    made = [turn(**_used(dice)), *_turns(dice, folders)]
    return Shape(
        "prompts that only talk", {"work": made, "talk": [], "more": _turns(dice, folders)}, ("work", "talk", "more")
    )


def main(count: int = 30, seed: int = 1) -> None:
    """Play every shape with both clients and print how far the rules are from the truth."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        machine = Machine(folder / "home")
        machine.home.mkdir()
        places = {
            f"acme/{name}": make_repository(folder / "src" / name, f"https://github.com/acme/{name}.git")
            for name in NAMES
        }
        with running_ledger(folder / "data") as ledger, telemetry_tap(ledger.url) as tap:
            assert machine.whence("install", "--endpoint", tap.url).returncode == 0
            for client, program in CLIENTS.items():
                print(f"Claude Code {client}: {' '.join(RULES)}", flush=True)
                found: dict[str, list[float]] = {rule: [] for rule in RULES}
                for number, shape in enumerate(shapes(count, seed, places)):
                    team, start = f"{client}-{number}", places["acme/a"]
                    played = play(machine, program, tap, places, start, shape, team)
                    deadline = time.monotonic() + 60
                    while (
                        ledger.get("cost", team=team)["cost_usd"] < played.cost_usd - 1e-9
                        and time.monotonic() < deadline
                    ):
                        time.sleep(0.2)
                    far = {rule: astray(played.truth, ledger.costs(team=team, split=rule)) for rule in RULES}
                    for rule in RULES:
                        found[rule].append(far[rule])
                    print(f"  {shape.name:45}", *(f"{far[rule]:7.1%}" for rule in RULES), flush=True)
                    for file in (one for place in places.values() for one in place.glob("*.txt")):
                        file.unlink()
                for title, middle in (("mean", statistics.mean), ("worst", max)):
                    print(f"  {title:45}", *(f"{middle(found[rule]):7.1%}" for rule in RULES), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
