"""Knowledge flow: prompts that read in a Managed repository and edited an Unmanaged one, as a chart and a table."""

from collections import defaultdict
from collections.abc import Sequence

from nicegui import ui

from whence_ledger.dashboard import chart
from whence_ledger.dashboard.amount import count, moment, money
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.colour import LABELS
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.picture import Picture
from whence_ledger.dashboard.reason import reason_of
from whence_ledger.dashboard.sheet import Column, sheet
from whence_ledger.dashboard.zone import there

FLOWS = 100
LINKS = 20
"""The most pairs of repositories in the chart."""
FLOW_NOTE = "read in a Managed repository and edited an Unmanaged one, in one prompt; not that anything was copied"
_COLUMNS = [
    Column("user", "User"),
    Column("from", "Read in"),
    Column("to", "Edited"),
    Column("because", "Reason and evidence", wraps=True),
    Column("prompts", "Prompts", count),
    Column("sessions", "Sessions", count),
    Column("lines_added", "Lines added", count),
    Column("cost_usd", "Cost", money),
    Column("first_seen", "First", moment),
    Column("last_seen", "Last", moment),
]


def draw_flows(look: Look, flows: Sequence[Row]) -> None:
    """Draw chart and table. ``flows``: the rows of the report of that name."""
    if not flows:
        nothing("No prompt read in a Managed repository and edited an Unmanaged one.")
        return
    _picture(look, flows)
    ui.label("The wider a band, the more prompts.").classes("stands-on")
    rows = [
        one
        | {
            "because": reason_of(one),
            "first_seen": there(one["first_seen"], look.zone),
            "last_seen": there(one["last_seen"], look.zone),
        }
        for one in flows
    ]
    sheet(look, "flows", _COLUMNS, rows, "user")


def _picture(look: Look, flows: Sequence[Row]) -> None:
    """Draw the number of prompts between each pair of repositories, for all users."""
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    for one in flows:
        sums[one["from"], one["to"]] += one["prompts"]
    links = dict(sorted(sums.items(), key=lambda one: (-one[1], one[0]))[:LINKS])
    colours = {name: LABELS["Managed"] for name, _ in links} | {name: LABELS["Unmanaged"] for _, name in links}

    def choose(_: str, name: str) -> None:
        if name in colours:
            look.open("repository", name)

    told = "; ".join(f"{one} to {to}: {number:.0f}" for (one, to), number in links.items())
    words = f"Prompts from Managed to Unmanaged repositories: {told}"
    picture = Picture(chart.flow(links, colours, look.locale), words, choose).classes("chart flow-chart")
    picture.style(
        f"height:{max(120, 30 * max(len({name for name, _ in links}), len({name for _, name in links})) + 40)}px"
    )
