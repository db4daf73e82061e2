"""The Helm chart: by Helm itself, against Kubernetes' own schemas, and what its containers run."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from builders.command import WHENCE
from builders.ledger import free_port
from builders.machine import Machine
from whence_contract import __version__

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/whence"
HELM = ROOT / ".helm/helm"
SCHEMAS = ROOT / ".kubernetes"
TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
SCALED = ("--set", "ledger.grpc=true,ledger.clickhouse.secret=whence-store,ledger.replicas=3")
SET = ("--set", "classifier.organizations={acme,b-c}", "--set", "classifier.app.id=123456")
WITHOUT = ("--set", "classifier.enabled=false", "--set", "networkPolicy.enabled=false")

pytestmark = [
    pytest.mark.tools,
    pytest.mark.skipif(not HELM.exists(), reason="tests/run builds Helm, where there is Go"),
]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(HELM), *arguments], capture_output=True, text=True, check=False)


def rendered(*arguments: str) -> dict[tuple[str, str], Any]:
    done = helm("template", "team", str(CHART), "--kube-version", "1.34.0", *arguments)
    assert done.returncode == 0, done.stderr
    found = [one for one in yaml.safe_load_all(done.stdout) if one]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def pods(*arguments: str) -> list[Any]:
    found = rendered(*SET, *arguments)
    job = found["CronJob", "team-classifier"]["spec"]["jobTemplate"]["spec"]["template"]
    return [found["StatefulSet", "team"]["spec"]["template"], job]


def test_helm_lints_it_and_its_versions_are_those_of_the_project() -> None:
    done = helm("lint", "--strict", str(CHART), *SET)
    assert done.returncode == 0, done.stdout + done.stderr
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == __version__


@pytest.mark.parametrize("values", [SET, WITHOUT, (*SET, *SCALED, "--set", "image.pullSecrets={one}")])
@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_kubernetes_accepts_every_object(version: str, values: tuple[str, ...], tmp_path: Path) -> None:
    given = tmp_path / "objects.yaml"
    given.write_text(yaml.safe_dump_all(rendered(*values).values()))
    validate = [sys.executable, "-m", "kubernetes_validate", "--strict", "-k", version]
    environment = {"PYTHONPATH": str(SCHEMAS), "PATH": os.defpath}
    done = subprocess.run([*validate, str(given)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    given.write_text(given.read_text().replace("storage:", "storge:").replace("port: 4318", "prt: 4318"))
    done = subprocess.run([*validate, str(given)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_without_an_organization_or_with_a_wrong_value_it_says_what_to_do() -> None:
    for arguments, told in (
        ((), "Set classifier.organizations"),
        (("--set", "classifier.organizations={acme}"), "Set classifier.app.id"),
        ((*SET, "--set", "classifier.organizations={a;reboot}"), "organizations"),
        ((*SET, "--set", "classifier.arguments={$(reboot)}"), "arguments"),
        ((*SET, "--set", "ledgr.keep=1d"), "ledgr"),
        ((*SET, "--set-json", "networkPolicy.from=[]"), "from"),
        ((*SET, "--set", "ledger.replicas=2"), "Set ledger.clickhouse.secret"),
    ):
        done = helm("template", "team", str(CHART), "--kube-version", "1.34.0", *arguments)
        assert done.returncode != 0, arguments
        assert told in done.stderr


def test_no_pod_is_root_or_can_write_but_to_its_volumes() -> None:
    for pod in pods():
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["automountServiceAccountToken"] is False
        for container in pod["spec"]["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {mount["name"] for mount in container["volumeMounts"]} - {"ledger"} <= {
                volume["name"] for volume in pod["spec"]["volumes"]
            }


def test_the_policies_select_the_pods_and_let_them_meet() -> None:
    found = rendered(*SET)
    labels = [pod["metadata"]["labels"] for pod in pods()]
    policies = [found["NetworkPolicy", name]["spec"] for name in ("team", "team-classifier")]
    for label, policy in zip(labels, policies, strict=True):
        assert policy["podSelector"]["matchLabels"] == label
        assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert found["Service", "team"]["spec"]["selector"] == labels[0]
    assert policies[0]["ingress"][0]["from"][0]["podSelector"]["matchLabels"] == labels[1]
    assert "ingress" not in policies[1]
    assert policies[1]["egress"][1]["to"][0]["podSelector"]["matchLabels"] == labels[0]


def test_with_clickhouse_replicas_get_its_address_from_the_secret_and_may_reach_it_and_grpc_has_its_port() -> None:
    found = rendered(*SET, *SCALED)
    ledger, policy = found["StatefulSet", "team"]["spec"], found["NetworkPolicy", "team"]["spec"]
    (container,) = ledger["template"]["spec"]["containers"]
    assert ledger["replicas"] == 3
    assert [one["secretRef"]["name"] for one in container["envFrom"]] == ["whence-tokens"]
    # A secret without this key must not start replicas with a file each.
    (address,) = container["env"]
    key = {"secretKeyRef": {"name": "whence-store", "key": "WHENCE_STORE"}}
    assert address == {"name": "WHENCE_STORE", "valueFrom": key}
    assert policy["egress"][1]["ports"] == [{"port": 8443, "protocol": "TCP"}]
    at = container["args"].index("--grpc-port")
    (listens,) = {one["containerPort"] for one in container["ports"] if one["name"] == "grpc"}
    (served,) = {one["targetPort"] for one in found["Service", "team"]["spec"]["ports"] if one["port"] == 4317}
    assert (container["args"][at + 1], listens, served) == ("4317", 4317, "grpc")
    assert policy["ingress"][0]["ports"][1]["port"] == "grpc"
    (spread,), budget = (
        ledger["template"]["spec"]["topologySpreadConstraints"],
        found["PodDisruptionBudget", "team"]["spec"],
    )
    labels = ledger["template"]["metadata"]["labels"]
    assert spread["labelSelector"]["matchLabels"] == budget["selector"]["matchLabels"] == labels
    assert ("PodDisruptionBudget", "team") not in rendered(*SET)


def test_what_the_ledgers_container_runs_serves_and_answers_the_probes(tmp_path: Path) -> None:
    (container,) = pods()[0]["spec"]["containers"]
    places = {"/var/lib/whence/ledger": str(tmp_path / "ledger"), "0.0.0.0": "127.0.0.1"}  # noqa: S104
    port = free_port()
    # The mount of a volume belongs to a group.
    tmp_path.chmod(0o2775)
    given = [*(places.get(one, one) for one in container["args"]), "--port", str(port)]
    with subprocess.Popen([*WHENCE, *given], env=Machine(tmp_path).environment | TOKENS) as process:
        try:
            client = httpx.Client(transport=httpx.HTTPTransport(retries=10))
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                path = container[probe]["httpGet"]["path"]
                # As the kubelet asks: by the pod's address, without a token.
                answer = client.get(f"http://127.0.0.1:{port}{path}", headers={"Host": "10.244.0.7:4318"})
                assert answer.status_code == 200
        finally:
            process.terminate()
            process.wait(timeout=120)
    assert (tmp_path / "ledger").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (3, 0)])
def test_the_job_fails_only_if_the_run_did_and_names_every_organization(
    code: int, expected: int, tmp_path: Path
) -> None:
    more = ["--github-url", "https://github.example.com"]
    pod = pods("--set", f"classifier.arguments={{{','.join(more)}}}")[1]
    (container,) = pod["spec"]["containers"]
    program = tmp_path / "whence"
    program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/given\nexit {code}\n')
    program.chmod(0o755)
    *shell, script = container["command"]
    command = [*shell, script.replace("/opt/whence-ledger/bin/whence", shlex.quote(str(program)))]
    assert subprocess.run(command, check=False).returncode == expected
    given = (tmp_path / "given").read_text().split()
    ledger = ["--ledger", "http://team:4318", "--format", "csv"]
    assert given == ["classify", "--org", "acme", "--org", "b-c", *more, *ledger]
    names = {variable["name"] for variable in container["env"]}
    assert {"GITHUB_APP_ID", "GITHUB_APP_KEY", "WHENCE_ADMIN_TOKEN"} <= names
