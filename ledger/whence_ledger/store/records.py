"""Write into ClickHouse what the classifier and people tell the ledger: labels, pull requests, cases, saved views.

Rows are only added: the newest one of a thing counts, and ``is_kept`` = 0 removes it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from whence_ledger.model.pull_request import PullRequest
from whence_ledger.model.verdict import Scope, Verdict, without_held

Ask = Callable[[str], list[dict[str, Any]]]
_SCOPE = (*Scope._fields, "classified_at", "is_kept")
_CHANGE = ("changed_at", "repository", "from_label", "to_label", "reason", "evidence")


def put_labels(
    client: Client, ask: Ask, verdicts: Sequence[Verdict], organizations: Sequence[str], scopes: Sequence[Scope]
) -> int:
    """Store the result of one complete run, with what it changed; return how many labels it set."""
    now = datetime.now(UTC)
    known = client.query("SELECT repository, label, reason, scope FROM whence_labels FINAL").result_rows
    if scopes:
        foreign = {row["scope"] for row in ask("scopes")} - {one.scope for one in scopes}
        held = {repository: reason for repository, _, reason, scope in known if scope in foreign}
        verdicts = without_held(verdicts, held)
        client.insert("whence_scopes", [(*one, now, 1) for one in scopes], column_names=_SCOPE)
    rows = [(*verdict._replace(evidence=verdict.evidence or ""), now) for verdict in verdicts]
    before = {repository: (label, reason) for repository, label, reason, _ in known}
    changes = [
        (now, one.repository, before.get(one.repository, (None,))[0], one.label, one.reason, one.evidence or "")
        for one in verdicts
        if before.get(one.repository) != (one.label, one.reason)
    ]
    if changes:
        client.insert("whence_label_changes", changes, column_names=_CHANGE)
    if rows:
        client.insert("whence_labels", rows, column_names=(*Verdict._fields, "classified_at"))
    columns = ("classified_at", "organizations")
    client.insert("whence_classifications", [(now, list(organizations))], column_names=columns)
    return len(rows)


def put_pull_requests(client: Client, pull_requests: Sequence[PullRequest]) -> int:
    """Store pull requests, or replace them, and return how many."""
    now = datetime.now(UTC)
    rows = [
        (*(one.replace(tzinfo=UTC) if isinstance(one, datetime) else one for one in each), now)
        for each in pull_requests
    ]
    if rows:
        client.insert("whence_pull_requests", rows, column_names=(*PullRequest._fields, "received_at"))
    return len(rows)


def forget_scope(client: Client, ask: Ask, scope: str) -> bool:
    """Remove a scope. Return false if there is none."""
    found = [row for row in ask("scopes") if row["scope"] == scope]
    if found:
        gone = [(*(row[name] for name in Scope._fields), datetime.now(UTC), 0) for row in found]
        client.insert("whence_scopes", gone, column_names=_SCOPE)
    return bool(found)


def put_case(client: Client, row: Mapping[str, Any]) -> None:
    """Store a decision, as ``case_row`` returns it."""
    values = dict(row) | {"decided_at": row["decided_at"].replace(tzinfo=UTC)}
    client.insert("whence_case_changes", [[*values.values()]], column_names=[*values])


def put_view(client: Client, row: Mapping[str, Any], *, is_kept: bool = True) -> None:
    """Save a view, as ``view_row`` returns it."""
    values = dict(row) | {"saved_at": row["saved_at"].replace(tzinfo=UTC), "is_kept": int(is_kept)}
    client.insert("whence_saved_views", [[*values.values()]], column_names=[*values])


def forget_view(client: Client, ask: Ask, name: str) -> bool:
    """Delete a saved view. Return false if there is none of that name."""
    found = [row for row in ask("saved_views") if row["name"] == name]
    now = datetime.now(UTC).replace(tzinfo=None)
    for row in found:
        put_view(client, {"name": name, "view": row["view"], "saved_by": row["by"], "saved_at": now}, is_kept=False)
    return bool(found)
