"""The page of all alert rules, and the rules for Prometheus: both from the rules' own files."""

from pathlib import Path

from whence_contract.period import write_length
from whence_ledger.alert.describe import describe
from whence_ledger.alert.rule import Rule, load_rules

PROMETHEUS = {"coverage": "SilentMachine"}
"""The names in Prometheus that are not those of the rules."""
_HEAD = """# The ledger's alerts, as far as PromQL can express them, with the default thresholds.
# Written by docs/generate.py from ledger/whence_ledger/alert. Change the rules there, not this file.
"""


def rules() -> list[Rule]:
    """Return every rule with its default thresholds."""
    return list(load_rules(Path("/nonexistent/alerts.toml")).rules.values())


def alerts() -> str:
    """Return the page."""
    parts = [
        "# Alert rules\n",
        "[Alerts](../guides/alerts.md) describes how to change them. `for`: how long the condition must hold before "
        "the alert fires. `quiet`: how long it must be absent before the alert resolves. Here the thresholds are the "
        "defaults; the bell's *All alert rules*, `/?drawer=rules:all` and `GET /api/v1/alerts/rules` have those in "
        "force. The SQL is DuckDB's. The PromQL counts every session that Prometheus has.\n",
    ]
    for rule in rules():
        told = describe(rule)
        limits = ", ".join(f"`{name} = {value:.12g}`" for name, value in rule.thresholds.items())
        parts += [
            f"## `{rule.name}`\n",
            f"{rule.title}: {told.detects[0].lower()}{told.detects[1:]}\n",
            f"{limits}, `for = {write_length(rule.hold)}`, `quiet = {write_length(rule.quiet)}`\n",
        ]
        if told.promql:
            parts.append(f"```promql\n{told.promql}\n```\n")
        if told.limits:
            parts.append(f"{'PromQL' if told.promql else 'No PromQL'}: {told.limits}\n")
        parts.append(f"```sql\n{told.sql}\n```\n")
    return "\n".join(parts)


def prometheus() -> str:
    """Return Prometheus's alerting rules."""
    parts = [_HEAD + "groups:\n  - name: whence-alerts\n    interval: 1m\n    rules:\n"]
    left: list[str] = []
    for rule in rules():
        told = describe(rule)
        if not told.promql:
            left.append(f"# Not here: {rule.name}. {told.limits}\n")
            continue
        name = PROMETHEUS.get(rule.name) or "".join(word.title() for word in rule.name.split("-"))
        expression = "".join(f"          {line}\n" for line in told.promql.splitlines())
        hold = f"        for: {write_length(rule.hold)}\n" if rule.hold else ""
        summary = told.summary.replace("\\", "\\\\").replace('"', '\\"')
        parts.append(
            f"      - alert: Whence{name}\n        expr: |\n{expression}{hold}"
            f'        annotations:\n          summary: "{summary}"\n'
        )
    return "\n".join(["".join(parts[:2]), *parts[2:], "".join(left)])
