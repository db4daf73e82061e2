"""Sessions without the hook, with both clients: they belong to the repository that the client names, if any."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from builders.claude_code import CLAUDE, NEWEST_CLAUDE, start_session
from builders.git_repository import make_repository
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from fakes.messages_api import ToolCall, messages_api
from fakes.telemetry_tap import Tap, telemetry_tap

CLIENTS = {"2.1.197": CLAUDE, "newest": NEWEST_CLAUDE}


class World(NamedTuple):
    """A machine with the hook registered, a ledger, the environment that sends telemetry to it, and a repository."""

    machine: Machine
    ledger: Ledger
    tap: Tap
    repository: Path

    def run(self, client: str, *options: str, settings: str = "{}") -> float:
        """Run a session with these project ``settings``; return its cost, which the ledger then has."""
        (self.repository / ".claude").mkdir(exist_ok=True)
        (self.repository / ".claude" / "settings.json").write_text(settings)
        script = [[ToolCall("Bash", {"command": "ls", "description": "list"})]]
        with messages_api({"ls": script}) as api:
            # --bare reads no settings, so the environment has the variables instead.
            given = json.loads(self.machine.settings.read_text())["env"]
            ended = start_session(self.machine, api, self.repository, "SCRIPT:ls", CLIENTS[client], *options, **given)
        return float(ended["total_cost_usd"])

    def reasons(self) -> set[str | None]:
        """The reasons in the coverage report."""
        return {row["reasons"] for row in self.ledger.get("coverage")}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert holds()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    repository = make_repository(tmp_path / "src" / "api", "https://jane:secret@GitHub.com/acme/api.git")
    with running_ledger(tmp_path / "data") as ledger, telemetry_tap(ledger.url) as tap:
        assert machine.whence("install", "--endpoint", tap.url).returncode == 0
        yield World(machine, ledger, tap, repository)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("options", "settings"), [((), '{"disableAllHooks": true}'), (("--bare",), "{}")], ids=["disableAllHooks", "bare"]
)
def test_a_session_without_the_hook_belongs_where_the_newest_client_says(
    world: World, client: str, options: tuple[str, ...], settings: str
) -> None:
    spent = world.run(client, *options, settings=settings)
    until(lambda: world.ledger.get("cost")["cost_usd"] == pytest.approx(spent, abs=1e-9))
    says_so = client == "newest"
    assert world.ledger.costs() == {"acme/api" if says_so else None: pytest.approx(spent, abs=1e-9)}
    stands: dict[str, Any] = {row["basis"]: row["cost_usd"] for row in world.ledger.get("bases") if row["cost_usd"]}
    assert stands == {"client" if says_so else "none": pytest.approx(spent, abs=1e-9)}
    assert not any(b"secret" in body for _, body in world.tap.bodies)
    until(lambda: world.reasons() == {"hooks-off" if says_so else "client-too-old"})
    (row,) = world.ledger.get("coverage")
    assert (row["client_versions"] or "").startswith("2.1.")
    assert row["machine"]


@pytest.mark.parametrize("client", CLIENTS)
def test_what_the_hook_says_of_a_session_goes_before_what_the_client_says(world: World, client: str) -> None:
    spent = world.run(client)
    until(lambda: world.ledger.costs() == {"acme/api": pytest.approx(spent, abs=1e-9)})
    until(lambda: any(row["basis"] == "request" and row["cost_usd"] > 0 for row in world.ledger.get("bases")))
    assert all(row["cost_usd"] == 0 for row in world.ledger.get("bases") if row["basis"] in {"client", "none"})
    until(lambda: world.reasons() == {None})


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("OTEL_METRICS_INCLUDE_SESSION_ID", "false", "no-session-id"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative", "no-metrics"),
        ("OTEL_LOGS_EXPORTER", "none", "no-events"),
    ],
)
def test_a_project_whose_settings_hide_its_sessions_is_reported(
    world: World, client: str, variable: str, value: str, reason: str
) -> None:
    world.run(client, settings=json.dumps({"env": {variable: value}}))
    # The newest client accepts no exporter from a project's settings.
    is_followed = client == "2.1.197" or variable != "OTEL_LOGS_EXPORTER"
    # Without session ids, the session that the hook reports has no metrics.
    wanted = {"no-session-id": "no-session-id, no-metrics"}.get(reason, reason)
    until(lambda: world.reasons() == {wanted if is_followed else None})
