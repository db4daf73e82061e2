"""The rules for Prometheus, by its own promtool: that it takes them, and what they say of made-up histories."""

import shutil
import subprocess
from pathlib import Path

import yaml

from whence_ledger.alert.rule import load_rules

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus"
PROMTOOL = ROOT / ".prometheus" / "usr" / "bin" / "promtool"


def promtool(*arguments: str, folder: Path) -> None:
    done = subprocess.run([str(PROMTOOL), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_takes_the_rules() -> None:
    promtool("check", "rules", "recording.yml", "alerting.yml", folder=RULES)


def test_the_rules_say_what_they_should(tmp_path: Path) -> None:
    for path in (*RULES.glob("*.yml"), Path(__file__).with_name("rules_test.yml")):
        shutil.copy(path, tmp_path)
    promtool("test", "rules", "rules_test.yml", folder=tmp_path)


def test_there_is_a_rule_for_every_alert_that_promql_can_say(tmp_path: Path) -> None:
    groups = yaml.safe_load((RULES / "alerting.yml").read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    wanted = {"".join(word.title() for word in name.split("-")) for name in load_rules(tmp_path / "none.toml").rules}
    assert {name.removeprefix("Whence") for name in alerts} - {"SilentMachine"} == wanted - {
        "CompanyHistoryOutside",
        "LeftOrganization",
        "Coverage",
        "KnowledgeFlow",
        "SettledCaseGoesOn",
    }


def test_every_part_of_the_collectors_pipelines_is_there() -> None:
    for path in (RULES / "collector.yaml", ROOT / "deploy" / "ledger" / "collector.yaml"):
        given = yaml.safe_load(path.read_text())
        assert set(given["service"]["extensions"]) <= given["extensions"].keys()
        for pipeline in given["service"]["pipelines"].values():
            for kind, names in pipeline.items():
                assert set(names) <= given[kind].keys()
