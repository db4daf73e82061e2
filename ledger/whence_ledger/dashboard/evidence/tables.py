"""The tables of a pack."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from whence_ledger.dashboard.amount import Amount, count, lines, moment, money, share, text
from whence_ledger.dashboard.evidence.pack import MAX_ROWS, Table
from whence_ledger.dashboard.look import Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.reason import reason_of

LOCALE = "en_US"
"""Fixed, so that a file does not depend on who creates it."""

Show = Callable[[Row], Amount]
Columns = Mapping[str, Show]


def pairs(rows: Sequence[Row], kind: str) -> Table:
    """Return what users spent on repositories; ``kind``: of the pack."""
    columns: dict[str, Show] = {
        "User": lambda one: text(one["user"] or UNKNOWN),
        "Repository": name_of,
        "Label": label_of,
        "Reason and evidence": because_of,
        "Decided": day_of,
        "Case": lambda one: text(one["case"]),
        "Cost": money_of,
        "Share": lambda one: share(one["cost_share"], LOCALE),
        "Tokens": tokens_of,
        "Sessions": lambda one: count(one["sessions"], LOCALE),
        "Lines": lines_of,
        "Commits": lambda one: count(one["commits"], LOCALE),
        "Last seen": lambda one: text(f"{one['last_seen']:%Y-%m-%d}"),
    }
    if kind == "label":
        # Thirteen columns do not fit on paper. The table of decisions has the cases.
        del columns["Share"], columns["Case"]
    elif not any(row["case"] for row in rows):
        del columns["Case"]
    if kind == "user":
        del columns["User"]
    if kind == "repository":
        for name in ("Repository", "Label", "Reason and evidence", "Decided", "Share"):
            del columns[name]
    title = {"user": "Repositories", "repository": "Users"}.get(kind, "Users and repositories")
    note = "Decided: the day since which the repository has had its label for this reason. Days are in UTC."
    return table(title, "Days are in UTC." if kind == "repository" else note, rows, columns)


def decisions(changes: Sequence[Row]) -> Table:
    """Return what people decided about users' spend on repositories."""
    columns: dict[str, Show] = {
        "Set (UTC)": lambda one: moment_of(one["at"]),
        "User": lambda one: text(one["user"]),
        "Repository": name_of,
        "Case": lambda one: text(one["case"]),
        "Day": lambda one: text(f"{one['day']:%Y-%m-%d}"),
        "Note": lambda one: text(one["note"]),
        "By": lambda one: text(one["by"]),
    }
    note = "All decisions, newest first. A case changes no figure. Still spending: there is spend after its day."
    return table("Cases", note, changes, columns)


def history(changes: Sequence[Row]) -> Table:
    """Return a repository's label changes."""
    columns: dict[str, Show] = {
        "Decided (UTC)": lambda one: moment_of(one["at"]),
        "Label": lambda one: text(one["to"]),
        "Before": lambda one: text(one["from"]),
        "Reason and evidence": because_of,
    }
    return table("Label history", "All decisions in the ledger, newest first.", changes, columns)


def flows(rows: Sequence[Row]) -> Table:
    """Return prompts that read in a Managed repository and edited an Unmanaged one."""
    columns: dict[str, Show] = {
        "User": lambda one: text(one["user"] or UNKNOWN),
        "Read in": lambda one: text(one["from"]),
        "Edited": lambda one: text(one["to"]),
        "Reason and evidence": because_of,
        "Prompts": lambda one: count(one["prompts"], LOCALE),
        "Lines added": lambda one: count(one["lines_added"], LOCALE),
        "Cost": money_of,
        "First (UTC)": lambda one: text(f"{one['first_seen']:%Y-%m-%d}"),
        "Last (UTC)": lambda one: text(f"{one['last_seen']:%Y-%m-%d}"),
    }
    note = (
        "Prompts that read in a Managed repository and edited an Unmanaged one. Both were worked on in one prompt; it "
        "does not show that anything was copied. Shared history is stronger evidence. Cost: of the entire prompts."
    )
    return table("Knowledge flow", note, rows, columns)


def days(rows: Sequence[Row]) -> Table:
    """Return the usage of each day."""
    columns: dict[str, Show] = {
        "Day (UTC)": lambda one: text(f"{one['bucket']:%Y-%m-%d}"),
        "Cost": money_of,
        "Tokens": tokens_of,
        "Sessions": lambda one: count(one["sessions"], LOCALE),
        "Lines": lines_of,
        "Commits": lambda one: count(one["commits"], LOCALE),
    }
    return table("Days", "", rows, columns)


def sessions(rows: Sequence[Row], kind: str) -> Table:
    """Return sessions with their cost; ``kind``: of the pack."""
    columns: dict[str, Show] = {
        "Session": lambda one: text(one["session"]),
        "Started (UTC)": lambda one: moment_of(one["started"]),
        "User": lambda one: text(one["user"] or UNKNOWN),
        "Repository": name_of,
        "Label": label_of,
        "Cost": money_of,
        "Lines": lines_of,
        "Commits": lambda one: count(one["commits"], LOCALE),
    }
    note = "Newest first. Repository and label are those of the session's largest share."
    if kind == "user":
        del columns["User"]
    if kind == "repository":
        note = "Newest first, with their share in this repository."
        del columns["Repository"], columns["Label"]
    return table("Sessions", note, rows, columns)


def table(title: str, note: str, rows: Sequence[Row], columns: Columns) -> Table:
    """Return a table of the first ``MAX_ROWS`` rows."""
    shown = [[show(row) for show in columns.values()] for row in rows[:MAX_ROWS]]
    return Table(title, note, list(columns), shown, len(rows) > MAX_ROWS)


def name_of(row: Row) -> Amount:
    """Return the name of a row's repository."""
    return text(row["repository"] or UNKNOWN)


def label_of(row: Row) -> Amount:
    """Return a row's label."""
    return text(row["label"])


def because_of(row: Row) -> Amount:
    """Return why a row's repository has its label."""
    return text(reason_of(row))


def day_of(row: Row) -> Amount:
    """Return the day (UTC) on which the label was decided."""
    return text(f"{row['decided']:%Y-%m-%d}" if row["decided"] else None)


def money_of(row: Row) -> Amount:
    """Return a row's cost."""
    return money(row["cost_usd"], LOCALE)


def tokens_of(row: Row) -> Amount:
    """Return a row's tokens."""
    return count(row["tokens"], LOCALE)


def lines_of(row: Row) -> Amount:
    """Return a row's lines."""
    added = row["lines_added"]
    return lines(None if added is None else (added, row["lines_removed"]), LOCALE)


def moment_of(value: datetime) -> Amount:
    """Return a moment in UTC."""
    return moment(value.replace(tzinfo=UTC), LOCALE)


def parts(rows: Sequence[Row]) -> Table:
    """Return a session's shares by repository and model."""
    return table(
        "Repositories and models",
        "Shares of the session; they add up to it.",
        rows,
        {
            "Repository": name_of,
            "Label": label_of,
            "Reason and evidence": because_of,
            "Decided": day_of,
            "Model": lambda one: text(one["model"]),
            "Cost": money_of,
            "Tokens": tokens_of,
            "Lines": lines_of,
        },
    )


def prompts(rows: Sequence[Row]) -> Table:
    """Return a session's prompts by time."""
    return table(
        "Prompts by time",
        "The session's cost, divided in proportion to each prompt's requests. Touches and lines as the hook measured "
        "them. The text of prompts is not stored.",
        rows,
        {
            "Time (UTC)": lambda one: moment_of(one["started"]),
            "Cost": money_of,
            "Repositories": lambda one: text(one["repositories"]),
            "Models": lambda one: text(one["models"]),
            "Requests": lambda one: count(one["requests"], LOCALE),
            "Touches": lambda one: count(one["touches"], LOCALE),
            "Lines": lines_of,
        },
    )


def tools(rows: Sequence[Row]) -> Table:
    """Return a session's tools."""
    return table(
        "Tools",
        "",
        rows,
        {"Tool": lambda one: text(one["tool"]), "Uses": lambda one: count(one["uses"], LOCALE)},
    )
