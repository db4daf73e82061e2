"""The Compose file: valid by the specification's own schema, and all that it names is there."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from builders.machine import Machine
from builders.prometheus import BINARIES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
SCHEMA_MODULE = "github.com/compose-spec/compose-go/v2@v2.16.2"


def mounts(service: str) -> dict[str, Path]:
    """What is mounted from this repository, by its place in the container."""
    files = [one.split(":") for one in SERVICES[service]["volumes"] if one.startswith(".")]
    return {place: (FOLDER / file).resolve() for file, place, _ in files}


@pytest.mark.skipif(not shutil.which("go"), reason="the schema comes from a Go module")
def test_it_is_valid_by_the_schema_of_the_specification() -> None:
    command = ["go", "mod", "download", "-json", SCHEMA_MODULE]
    module = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    schema = json.loads((Path(module["Dir"]) / "schema" / "compose-spec.json").read_text())
    assert not jsonschema_rs.is_valid(schema, {"services": {"ledger": {"imagee": "whence"}}}), "the schema says nothing"
    jsonschema_rs.validate(schema, COMPOSE)


def test_every_volume_file_and_service_that_is_named_exists() -> None:
    named = {one.split(":")[0] for service in SERVICES.values() for one in service.get("volumes", []) if one[0] != "."}
    assert named == set(COMPOSE["volumes"])
    for name, service in SERVICES.items():
        if "volumes" in service:
            assert all(path.is_file() for path in mounts(name).values()), name
    hosts = set(re.findall(r"http://([a-z]+):", (FOLDER / "compose.yaml").read_text()))
    assert hosts - {"localhost"} == {"ledger", "collector", "prometheus"}


def test_it_publishes_on_this_machine_only_and_takes_no_privileges() -> None:
    for name, service in SERVICES.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name


def test_prometheus_reads_its_configuration_and_our_rules(tmp_path: Path) -> None:
    for place, path in mounts("prometheus").items():
        text = path.read_text().replace("/etc/prometheus", str(tmp_path))
        (tmp_path / Path(place).name).write_text(text)
    command = [str(BINARIES / "promtool"), "check", "config", str(tmp_path / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("rules found") == 2


def test_grafana_is_provisioned_with_the_dashboard_and_its_prometheus() -> None:
    (source,) = yaml.safe_load((FOLDER / "grafana" / "datasources.yaml").read_text())["datasources"]
    variables = json.loads((ROOT / "deploy/grafana/whence.json").read_text())["templating"]["list"]
    assert source["type"] in {one["query"] for one in variables if one["type"] == "datasource"}
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((FOLDER / "grafana" / "dashboards.yaml").read_text())["providers"]
    assert f"{provider['options']['path']}/whence.json" in mounts("grafana")


def test_the_collector_is_given_every_variable_of_its_configuration() -> None:
    (configuration,) = mounts("collector").values()
    assert set(re.findall(r"\$\{env:(\w+)\}", configuration.read_text())) == set(SERVICES["collector"]["environment"])


def test_the_command_of_the_classifier_is_one_that_it_has(tmp_path: Path) -> None:
    script = SERVICES["classifier"]["entrypoint"][2].replace("$$", "$")
    script = script.replace(" $CLASSIFIER_ARGUMENTS", "")
    assert subprocess.run(["sh", "-n", "-c", script], check=False).returncode == 0
    (command,) = re.findall(r"/opt/whence-ledger/bin/whence (.*?) >/dev/null", script, re.DOTALL)
    done = Machine(tmp_path).whence(*shlex.split(command), "--help")
    assert done.returncode == 0
    wrong = Machine(tmp_path).whence(*shlex.split(command), "--nonsense")
    assert wrong.returncode == 2
