"""One installation by an administrator, for every user of a machine: the real script, three users, the real client."""

import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from builders.computer import Computer, computer
from builders.ledger import Ledger, running_ledger
from builders.ssh_server import ssh_server
from fakes.messages_api import ToolCall, messages_api

TOKEN = "the-ingest-token"
TOKENS = {"WHENCE_INGEST_TOKEN": TOKEN, "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
USERS = ("ada", "bob", "cat")
OTHERS = {
    "allowManagedHooksOnly": True,
    "hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "touch /tmp/others-$(id -un)"}]}]},
}


class World(NamedTuple):
    """``sha256``: of the bundle."""

    computer: Computer
    ledger: Ledger
    messages_api: str
    sha256: str

    def deploy(self, **more: str) -> tuple[int, str]:
        """Run the script as a management agent does; return its exit code and output."""
        parameters = {
            "WHENCE_BUNDLE": "/mnt/bundle/whence.tar.gz",
            "WHENCE_SHA256": self.sha256,
            "WHENCE_ENDPOINT": self.ledger.url,
            "WHENCE_INGEST_TOKEN": TOKEN,
        }
        done = self.computer.run("sh", "/mnt/source/deploy/mdm/deploy.sh", **parameters | more)
        return done.returncode, done.stdout + done.stderr

    def get(self, report: str, **parameters: str) -> list[dict[str, Any]]:
        """A report from the API."""
        headers = {"Authorization": "Bearer rrr"}
        rows = httpx.get(f"{self.ledger.url}/api/v1/{report}", params=parameters, headers=headers).json()
        assert isinstance(rows, list), rows
        return rows


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> Iterator[World]:
    """A machine on which others have settings of their own already, and one user has whence."""
    folder = tmp_path_factory.mktemp("world")
    scripts = {
        "work": [
            [ToolCall("Read", {"file_path": "/home/.tools/hello"}), ToolCall("Bash", {"command": "cat README.md"})],
            [ToolCall("Bash", {"command": "env > ~/env.txt"})],
        ],
        "slow": [
            [ToolCall("Read", {"file_path": "README.md"})],
            [ToolCall("Bash", {"command": "touch ~/begun; sleep 30"})],
        ],
    }
    with (
        computer(folder) as one,
        running_ledger(folder / "data", **TOKENS) as ledger,
        messages_api(scripts) as url,
    ):
        one.shell("mkdir /mnt/bundle /etc/claude-code")
        # Through /proc, because the computer does not see the test's folder.
        one.shell(f"cp -r /proc/{os.getpid()}/root{bundle.parent}/. /mnt/bundle")
        one.shell(f"cat > /etc/claude-code/managed-settings.json <<'END'\n{json.dumps(OTHERS)}\nEND")
        for name in USERS:
            one.add_user(name)
            add_repository(one, name)
        own = f"/mnt/bundle/whence/install.sh --wheels /mnt/bundle/whence/wheels --endpoint {ledger.url}"
        one.shell(own, "cat", WHENCE_INGEST_TOKEN=TOKEN)
        running = World(one, ledger, url, sha256((bundle.parent / "whence.tar.gz").read_bytes()).hexdigest())
        assert running.deploy()[0] == 0
        yield running


def add_repository(one: Computer, user: str) -> None:
    one.shell(
        "cd && git init -q api && cd api && echo '# api' > README.md && git add . && git commit -qm one && "
        f"git remote add origin https://{user}:secret@github.com/acme/api-{user}.git",
        user,
    )


def test_every_user_is_seen_and_nobody_twice(world: World) -> None:
    """With both clients, though only managed hooks are allowed."""
    world.computer.add_user("dan")
    add_repository(world.computer, "dan")
    costs = {}
    for user, client in zip((*USERS, "dan"), ("claude", "newest") * 2, strict=True):
        done = world.computer.claude(user, world.messages_api, f"/home/{user}/api", "SCRIPT:work", client)
        assert done.returncode == 0, done.stdout + done.stderr
        costs[user] = json.loads(done.stdout)["total_cost_usd"]
    expected = {f"acme/api-{user}": [(f"{user}@acme.example", cost)] for user, cost in costs.items()}
    deadline = time.monotonic() + 120
    while (found := seen(world)) != expected and time.monotonic() < deadline:
        time.sleep(0.3)
    assert found == expected
    # The tool that was there before ran for each of them, though only managed hooks are allowed.
    assert world.computer.shell("cd /tmp && ls others-*").replace("others-", "").split() == sorted(costs)


def seen(world: World) -> dict[str, list[tuple[str, Any]]]:
    """For each repository, who worked on it, and the cost."""
    return {
        name: [(row["user"], pytest.approx(row["cost_usd"])) for row in world.get("users", repository=name)]
        for name in (row["repository"] or "Unknown" for row in world.get("repositories"))
    }


def test_a_session_over_ssh_counts_with_and_without_a_terminal_and_when_the_connection_is_lost(
    world: World, tmp_path: Path
) -> None:
    one = world.computer
    one.add_user("fay")
    add_repository(one, "fay")
    with ssh_server(one, tmp_path, "fay") as connection:
        command = f"cd api && {one.claude_command(world.messages_api, 'SCRIPT:work')}"
        costs = []
        for options in ((), ("-tt",)):
            done = connection.run("fay", command, *options)
            (result,) = re.findall(r"^\{.*\}", done.stdout, re.MULTILINE)
            costs.append(pytest.approx(json.loads(result)["total_cost_usd"]))
            terminal = one.shell("grep -c ^SSH_TTY= ~/env.txt || true", "fay").strip()
            assert terminal == str(len(options)), "what the session ran on"
        command = f"cd api && {one.claude_command(world.messages_api, 'SCRIPT:slow', 'newest')}"
        with connection.start("fay", command, "-tt") as client:
            deadline = time.monotonic() + 120
            while one.run("test", "-e", "/home/fay/begun").returncode and time.monotonic() < deadline:
                time.sleep(0.1)
            client.kill()
    deadline = time.monotonic() + 120
    while len(found := world.get("sessions", repository="acme/api-fay")) < 3 and time.monotonic() < deadline:
        time.sleep(0.3)
    lost, *others = sorted(found, key=lambda row: row["started"], reverse=True)
    assert [row["cost_usd"] for row in reversed(others)] == costs
    assert lost["cost_usd"] > 0


def test_what_a_user_records_twice_counts_once(world: World) -> None:
    assert world.computer.claude("cat", world.messages_api, "/home/cat/api", "SCRIPT:work").returncode == 0
    newest = world.computer.shell("ls -t /home/cat/.local/state/whence/spool/*.jsonl | head -n 1").strip()
    records = [json.loads(line) for line in world.computer.shell(f"cat {newest}").splitlines() if line]
    # For each call, before and after it.
    commands = Counter(record["tool"] for record in records if record.get("kind") == "command")
    assert list(commands.values()) == [2, 2]
    assert "installed for every user" in world.computer.shell("~/.local/bin/whence install", "cat")


def test_the_token_stands_in_one_file(world: World) -> None:
    assert world.computer.claude("bob", world.messages_api, "/home/bob/api", "SCRIPT:work").returncode == 0
    places = "/etc/claude-code /etc/whence /opt/whence /usr/local /home/bob"
    found = world.computer.shell(f"grep -rls {TOKEN} {places} 2>/dev/null || true", "bob").split()
    assert found == ["/etc/whence/config.json"]
    assert world.computer.shell("test -s ~/env.txt && stat -c %U /etc/whence/config.json", "bob").strip() == "root"


def test_doctor_finds_every_link_in_order_for_a_user(world: World) -> None:
    path = f"{world.computer.tools}:/usr/local/bin:/usr/bin:/bin"
    done = world.computer.run_as("ada", "whence", "doctor", "--send-test", "--json", PATH=path)
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert [check for check in checks.values() if not check["ok"]] == []
    assert checks["Claude Code"]["found"].startswith("2.1.197")
    assert "/etc/claude-code" in checks["settings"]["found"]
    assert "was removed" in checks["test session"]["found"]
    assert all("whence-doctor" not in str(row) for row in world.get("sessions"))
    assert world.computer.run("sh", "/mnt/source/deploy/mdm/audit.sh").returncode == 0


def test_an_upgrade_does_not_fail_one_hook(world: World) -> None:
    settings = json.loads(world.computer.shell("cat /etc/claude-code/managed-settings.d/50-whence.json"))
    entry = settings["hooks"]["PostToolUse"][0]["hooks"][0]
    hook = " ".join([entry["command"], *entry["args"]])
    event = json.dumps(
        {"session_id": "s", "hook_event_name": "PostToolUse", "tool_name": "Bash", "cwd": "/home/ada/api"}
    )
    call = f"echo '{event}' | {hook} >>/tmp/told 2>&1 && echo . >>/tmp/calls || echo FAILED >>/tmp/told"
    loop = f"while ! test -e /tmp/stop; do {call}; done"
    world.computer.shell("rm -f /tmp/stop /tmp/told /tmp/calls")
    with ThreadPoolExecutor(1) as pool:
        calls = pool.submit(world.computer.shell, loop, "ada")
        before = world.computer.shell("readlink /opt/whence/environment")
        assert world.deploy()[0] == 0
        assert world.computer.shell("readlink /opt/whence/environment") != before
        world.computer.shell("touch /tmp/stop")
        calls.result()
    assert world.computer.shell("cat /tmp/told") == ""
    assert int(world.computer.shell("wc -l < /tmp/calls")) > 20


def test_a_wrong_parameter_says_which_and_changes_nothing(world: World) -> None:
    before = world.computer.shell("readlink /opt/whence/environment")
    assert world.deploy(WHENCE_ENDPOINT="")[0] == 2
    code, told = world.deploy(WHENCE_SHA256="0" * 64)
    assert (code, "not WHENCE_SHA256" in told) == (3, True)
    assert world.deploy(WHENCE_BUNDLE="/nowhere.tar.gz")[0] == 3
    assert world.deploy(WHENCE_BUNDLE="http://acme.example/whence.tar.gz")[0] == 2
    done = world.computer.run_as("ada", "sh", "/mnt/bundle/whence/install.sh", "--system")
    assert (done.returncode, "requires root" in done.stderr) == (1, True)
    assert world.computer.shell(
        "readlink /opt/whence/environment; audit=/mnt/bundle/whence/audit.sh; sh $audit"
    ).startswith(before)


def test_what_the_console_sends_works_where_the_agent_is(world: World) -> None:
    """As if it came from the admin console: in a user's settings, which the client merges the same way."""
    wanted = world.computer.shell(f"/opt/whence/environment/bin/whence settings --endpoint {world.ledger.url}")
    one = world.computer
    one.add_user("eve")
    add_repository(one, "eve")
    one.shell("mv /etc/claude-code /etc/claude-code.away")
    try:
        one.shell("mkdir -p /home/eve/.claude && cat > /home/eve/.claude/settings.json <<'END'\n" + wanted + "END")
        one.shell("chown -R eve /home/eve/.claude")
        done = one.claude("eve", world.messages_api, "/home/eve/api", "SCRIPT:work")
        assert done.returncode == 0
    finally:
        one.shell("mv /etc/claude-code.away /etc/claude-code")
    cost = json.loads(done.stdout)["total_cost_usd"]
    deadline = time.monotonic() + 120
    while (found := seen(world).get("acme/api-eve")) != [("eve@acme.example", cost)] and time.monotonic() < deadline:
        time.sleep(0.3)
    assert found == [("eve@acme.example", cost)]


def test_the_deployment_script_uninstalls(world: World) -> None:
    listing = "find /opt /usr/local/bin /etc/whence /etc/claude-code 2>/dev/null | sort; cat /etc/claude-code/*.json"
    gone = "\n".join(
        ["/etc/claude-code", "/etc/claude-code/managed-settings.json", "/opt", "/usr/local/bin", json.dumps(OTHERS), ""]
    )
    deploy = "/mnt/source/deploy/mdm/deploy.sh"
    # Jamf passes three parameters of its own before ours.
    ways: tuple[list[str], ...] = (["/", "computer", "user", "--uninstall"], ["--uninstall"], [])
    folders = "/opt /usr/local/bin /etc/whence /etc/claude-code"
    world.computer.shell(f"tar -cpf /tmp/installed.tar {folders}")
    for arguments in ways:
        assert world.computer.run("sh", "/mnt/source/deploy/mdm/audit.sh", WHENCE_SHA256=world.sha256).returncode == 0
        variables = {} if arguments else {"WHENCE_UNINSTALL": "yes"}
        done = world.computer.run("sh", deploy, *arguments, **variables)
        assert (done.returncode, "whence is removed" in done.stdout) == (0, True), done.stdout + done.stderr
        assert world.computer.shell(listing) == gone
        again = world.computer.run("sh", deploy, *arguments, **variables)
        assert (again.returncode, "not installed" in again.stdout) == (0, True)
        # The same installation again, for the next way.
        world.computer.shell("tar -xpf /tmp/installed.tar -C /")
    assert world.computer.run("sh", deploy, "--uninstall").returncode == 0
    assert world.deploy()[0] == 0


def test_uninstalling_leaves_nothing_of_ours(world: World) -> None:
    listing = "find /opt /usr/local/bin /etc/whence /etc/claude-code 2>/dev/null | sort; cat /etc/claude-code/*.json"
    install = "sh /mnt/bundle/whence/install.sh --system"
    world.computer.shell(f"{install} --uninstall")
    assert world.computer.shell(listing) == "\n".join(
        ["/etc/claude-code", "/etc/claude-code/managed-settings.json", "/opt", "/usr/local/bin", json.dumps(OTHERS), ""]
    )
    assert world.computer.run("sh", "/mnt/source/deploy/mdm/audit.sh").returncode == 1
    assert world.deploy()[0] == 0
