"""The files that run the classifier regularly: what they run, run here."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from builders.command import WHENCE
from builders.ledger import running_ledger
from builders.machine import Machine
from builders.telemetry import span, traces
from classifier.github.test_github import KEY, PEM
from fakes.github import TOKEN, github
from whence_classifier.overrides import read_overrides

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
DEPLOY = Path(__file__).parents[2] / "deploy" / "classifier"


def cron() -> list[str]:
    line = (DEPLOY / "crontab").read_text().splitlines()[-1]
    return shlex.split(line.partition("whence classify")[2].partition(">")[0])


def systemd() -> list[str]:
    lines = (DEPLOY / "whence-classify.service").read_text().splitlines()
    return shlex.split(next(line for line in lines if line.startswith("ExecStart=")).partition("classify")[2])


def test_the_units_log_their_errors() -> None:
    # Unless it is set, StandardError is what StandardOutput is.
    for unit in DEPLOY.parent.glob("*/*.service"):
        lines = unit.read_text().splitlines()
        assert ("StandardOutput=null" in lines) <= ("StandardError=journal" in lines), unit.name


def container() -> Any:
    job: Any = list(yaml.safe_load_all((DEPLOY / "cronjob.yaml").read_text()))[1]
    return job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]


def kubernetes() -> list[str]:
    assert {"GITHUB_APP_ID", "GITHUB_APP_KEY"} <= {variable["name"] for variable in container()["env"]}
    return shlex.split(container()["command"][2].partition("whence classify")[2].partition("||")[0])


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (3, 0)])
def test_the_cron_job_fails_only_if_the_run_did(code: int, expected: int, tmp_path: Path) -> None:
    (tmp_path / "whence").write_text(f"#!/bin/sh\nexit {code}\n")
    (tmp_path / "whence").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert subprocess.run(container()["command"], check=False, env=environment).returncode == expected


@pytest.mark.parametrize("arguments", [cron, systemd, kubernetes])
def test_the_command_in_each_file_labels(arguments: Callable[[], list[str]], tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for name, content in (("token", TOKEN), ("key", PEM)):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    with github({"acme": ["api"]}) as fake, running_ledger(tmp_path / "data") as ledger:
        fake.install("acme", KEY.public_key())
        ledger.accept("traces", traces(span("https://github.com/acme/api")))
        places = {
            "https://whence.example.com": ledger.url,
            "http://whence:4318": ledger.url,
            "$HOME/github-token": str(tmp_path / "token"),
            "${CREDENTIALS_DIRECTORY}/github-token": str(tmp_path / "token"),
            "/etc/whence/overrides.toml": str(DEPLOY / "overrides.toml"),
        }
        given = [places.get(one, one) for one in arguments()]
        environment = {"WHENCE_LEDGER": ledger.url}
        if "--token-file" not in given:
            environment |= {"GITHUB_APP_ID": "123456", "GITHUB_APP_KEY": str(tmp_path / "key")}
        done = subprocess.run(
            [*WHENCE, "classify", *given, "--github-url", fake.url],
            check=False,
            capture_output=True,
            text=True,
            env=machine.environment | environment,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert [row["label"] for row in ledger.get("observations")] == ["Managed"]


def test_the_example_of_overrides_can_be_read() -> None:
    assert read_overrides(DEPLOY / "overrides.toml").exact


def test_the_crontab_line_labels_with_a_ledger_env_written_like_the_systemd_files(tmp_path: Path) -> None:
    lines = (DEPLOY / "crontab").read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if re.fullmatch(r"[A-Z_]+=.*", line))
    # The first five fields say when; cron turns an unescaped % into a newline.
    line = lines[-1].split(maxsplit=5)[5]
    assert "%" not in line
    with github({"acme": ["api"]}) as fake, running_ledger(tmp_path / "data", **TOKENS) as ledger:
        ledger.send("traces", traces(span("https://github.com/acme/api")), Authorization="Bearer iii")
        for name, content in (("github-token", TOKEN), ("ledger.env", "WHENCE_ADMIN_TOKEN=aaa\n")):
            (tmp_path / name).write_text(content)
            (tmp_path / name).chmod(0o600)
        line = line.replace("/etc/whence/overrides.toml", str(DEPLOY / "overrides.toml"))
        line = line.replace("/opt/whence-ledger/bin/whence classify", f"{WHENCE[0]} classify --github-url {fake.url}")
        # What cron gives a command: crontab(5).
        given = {"HOME": str(tmp_path), "LOGNAME": "whence", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            check=False,
            capture_output=True,
            text=True,
            env=given | settings | {"WHENCE_LEDGER": ledger.url},
            cwd=tmp_path,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        headers = {"Authorization": "Bearer aaa"}
        seen = httpx.get(f"{ledger.url}/api/v1/observations", headers=headers, timeout=60).json()
        assert [row["label"] for row in seen] == ["Managed"]
