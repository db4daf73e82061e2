"""Claude Code in a container: another root, not root, nothing may be written but the home, and that not always."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from builders.container import REPOSITORY, USER, Container, make_container
from builders.git_repository import make_repository
from builders.ledger import Ledger, running_ledger
from fakes.messages_api import ToolCall, messages_api

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.root, pytest.mark.client]

SYSTEMS = REPOSITORY / "docs" / "install" / "systems.md"


class World(NamedTuple):
    container: Container
    ledger: Ledger
    messages_api: str

    def session(self, home: Path | None, client: str = "claude", after: str = "", **environment: str) -> float:
        """Run a session, then ``after``; return its cost."""
        variables = {
            "ANTHROPIC_BASE_URL": self.messages_api,
            "ANTHROPIC_API_KEY": "any",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        claude = f"cd /workspace && /opt/{client} -p SCRIPT:work --dangerously-skip-permissions --output-format json"
        told = self.container.run(f"{claude}\n{after}", home, **variables, **environment)
        result = json.loads(told.splitlines()[0])
        assert not result["is_error"]
        return float(result["total_cost_usd"])

    def costs(self, sessions: int) -> dict[str | None, float]:
        """Return the cost of each repository as soon as there are so many sessions."""
        deadline = time.monotonic() + 120
        while len(self.ledger.get("sessions")) < sessions and time.monotonic() < deadline:
            time.sleep(0.3)
        return self.ledger.costs()


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> Iterator[Container]:
    """A container with a repository and the bundle in it."""
    root = tmp_path_factory.mktemp("root")
    container = make_container(root)
    make_repository(root / "workspace", "https://github.com/acme/api.git")
    container.build("chown -R dev /workspace")
    shutil.copytree(bundle, root / "workspace" / "whence")
    yield container
    subprocess.run(["rm", "-rf", "--one-file-system", str(root)], check=True)


@pytest.fixture
def world(container: Container, tmp_path: Path) -> Iterator[World]:
    scripts = {"work": [[ToolCall("Bash", {"command": "cat README.md; touch /write"})]]}
    with running_ledger(tmp_path / "data") as ledger, messages_api(scripts) as url:
        yield World(container, ledger, url)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A volume for a home."""
    folder = tmp_path / "volume"
    folder.mkdir()
    os.chown(folder, USER, USER)
    return folder


def test_what_an_image_brings_records_for_its_user_and_a_home_that_cannot_be_written_breaks_no_session(
    world: World, home: Path
) -> None:
    install = f"whence/install.sh --system --wheels whence/wheels --endpoint {world.ledger.url}"
    world.container.build(f"cd /workspace && {install}")
    cost = world.session(home, after="whence hook flush")
    assert world.costs(1) == {"acme/api": pytest.approx(cost)}
    assert not (world.container.root / "write").exists(), "the root cannot be written"
    # The container has no home: nothing can be recorded.
    lost = world.session(None, after="whence hook flush 2>&1 | grep 'Cannot write in /home/dev/.local/state/whence'")
    assert world.costs(2) == {"acme/api": pytest.approx(cost), None: pytest.approx(lost)}
    # With folders that can be written it counts.
    elsewhere = {"XDG_STATE_HOME": "/tmp/state", "CLAUDE_CONFIG_DIR": "/tmp/claude"}  # noqa: S108 the container's
    other = world.session(None, "newest", after="whence hook flush", **elsewhere)
    assert world.costs(3) == {"acme/api": pytest.approx(cost + other), None: pytest.approx(lost)}
    world.container.build("cd /workspace && whence/install.sh --system --uninstall")
    assert not any((world.container.root / place).exists() for place in ("etc/whence", "etc/claude-code", "opt/whence"))


def test_a_dev_container_installs_by_the_documented_command_and_the_volume_keeps_it(world: World, home: Path) -> None:
    (configuration,) = re.findall(r"```json\n(\{.*?postCreateCommand.*?\n\})\n```", SYSTEMS.read_text(), re.DOTALL)
    command = json.loads(configuration)["postCreateCommand"]
    assert "https://whence.example.com" in command
    world.container.run(f"cd /workspace && {command.replace('https://whence.example.com', world.ledger.url)}", home)
    # Each is another container.
    costs = [world.session(home), world.session(home, "newest", after="~/.local/bin/whence hook flush")]
    assert world.costs(2) == {"acme/api": pytest.approx(sum(costs))}
    world.container.run("cd /workspace && whence/install.sh --uninstall", home)
    settings = home / ".claude" / "settings.json"
    assert not settings.exists() or "whence" not in settings.read_text()
