"""The branches in a drawer: the work that the cost paid for."""

from collections.abc import Sequence
from statistics import median

from nicegui import ui

from whence_ledger.dashboard.amount import count, duration, lines, moment, money
from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.sheet import Column, sheet
from whence_ledger.dashboard.zone import there

BRANCHES = 10
HOURS = 48
"""From how many hours on a time is shown in days."""
NO_BRANCH = "no branch"
_REPOSITORY, _PULLS = Column("repository", "Repository"), Column("pulls", "Pull request")
_COLUMNS = [
    Column("branch", "Branch"),
    Column("ticket", "Ticket"),
    Column("cost_usd", "Cost", money),
    Column("tokens", "Tokens", count),
    Column("lines", "Lines", lines),
    Column("commits", "Commits", count),
    Column("last_seen", "Last seen", moment),
]


def work_card(look: Look, rows: Sequence[Row], *, of_one: bool, pulls: Sequence[Row] = ()) -> None:
    """Draw the card. ``rows``: of the report branches. ``of_one``: whether all are of one repository; otherwise a row
    opens the repository's drawer. ``pulls``: of the report pull-requests, under the same filters."""
    listed = [one for one in pulls if one["number"]]
    shown = [
        one
        | {
            "repository": one["repository"] or UNKNOWN,
            "branch": one["branch"] or NO_BRANCH,
            "lines": (one["lines_added"], one["lines_removed"]),
            "last_seen": there(one["last_seen"], look.zone),
            "pulls": ", ".join(
                f"#{pull['number']} {pull['state']}"
                for pull in _newest_first(listed)
                if (pull["repository"], one["branch"]) in _worked(pull)
            ),
        }
        for one in rows
    ]
    with card("Work", "drawer-work", "wide", f"the {BRANCHES} branches with the highest cost"):
        if listed:
            ui.label(_outcome(listed, look.locale)).classes("card-note").props('id="drawer-outcome"')
        pull_requests = [_PULLS] if listed else []
        columns = [*_COLUMNS[:2], *pull_requests, *_COLUMNS[2:]]
        columns = columns if of_one else [_REPOSITORY, *(one for one in columns if one.name != "tokens")]
        sheet(look, "drawer-work", columns, shown, None if of_one else "repository")


def _worked(pull: Row) -> set[tuple[str, str]]:
    """Return the repository and branches of a pull request's sessions."""
    return {(pull["repository"], branch) for branch in (pull["work_branches"] or "").split(" ")}


def _newest_first(pulls: Sequence[Row]) -> list[Row]:
    return sorted(pulls, key=lambda one: -int(one["number"]))


def _outcome(pulls: Sequence[Row], locale: str) -> str:
    """Return what work of each outcome cost, and how long merged work took, in one line."""
    words = {"merged": "Merged", "closed": "abandoned (closed without a merge)", "open": "open"}
    costs = {state: sum(one["cost_usd"] for one in pulls if one["state"] == state) for state in words}
    said = ", ".join(f"{word} {money(costs[state], locale).shown}" for state, word in words.items())
    took = [one["hours_to_merge"] for one in pulls if one["hours_to_merge"] is not None]
    if not took:
        return said
    hours = median(took)
    time = f"{hours / 24:.1f} days" if hours >= HOURS else duration(hours * 3600, locale).shown
    return f"{said}. Median time from first touch to merge: {time}"
