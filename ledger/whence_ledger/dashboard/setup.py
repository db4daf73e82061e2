"""Setting up: what works already, what is missing, and the command that comes next."""

import math
from typing import NamedTuple

from nicegui import ui

from whence_ledger.dashboard.card import command, nothing
from whence_ledger.model.progress import Progress


class Place(NamedTuple):
    """Where the browser reached the ledger (``https://whence.example.com``), and which tokens it takes."""

    url: str
    ingest_token: bool
    admin_token: bool

    @property
    def install(self) -> str:
        """The command that connects a machine."""
        token = "WHENCE_INGEST_TOKEN=… " if self.ingest_token else ""
        return f"{token}./install.sh --endpoint {self.url}"

    @property
    def classify(self) -> str:
        """The command that labels the repositories."""
        token = "WHENCE_ADMIN_TOKEN=… " if self.admin_token else ""
        return f"GITHUB_TOKEN=… {token}whence classify --org YOUR-ORGANIZATION --ledger {self.url}"


class Chain(NamedTuple):
    """Which links of the chain have worked so far."""

    telemetry: bool
    hook: bool
    sessions: bool
    labelled: bool


class Step(NamedTuple):
    """A link of the chain, what to know about it while it has not worked, and the command that helps."""

    title: str
    done: bool
    note: str
    command: str | None = None


def steps_of(chain: Chain, place: Place) -> list[Step]:
    """The links of the chain, in the order in which they come to work."""
    return [
        Step("Ledger running", True, f"at {place.url}"),
        Step(
            "Telemetry arriving",
            chain.telemetry,
            "Connect a machine: run this in a clone of whence, then start a new Claude Code session.",
            place.install,
        ),
        Step(
            "Hook seen",
            chain.hook,
            "Work in a git repository: the hook reports at the end of a turn. If it does not, check the machine.",
            "whence doctor",
        ),
        Step(
            "First session",
            chain.sessions,
            "Claude Code reports a session's cost every minute, and at its end.",
            "claude",
        ),
        Step(
            "GitHub connected",
            chain.labelled,
            "Label the repositories with those of your organization.",
            place.classify,
        ),
    ]


def checklist(chain: Chain, place: Place) -> None:
    """Draw each link with its state, and one command: that of the first link that is missing."""
    steps = steps_of(chain, place)
    following = next((step for step in steps if not step.done), None)
    with ui.element("ol").classes("checklist"):
        for step in steps:
            state = "done" if step.done else "next" if step is following else "open"
            with ui.element("li").classes(f"step step-{state}"):
                icon = {"done": "check_circle", "next": "pending", "open": "radio_button_unchecked"}[state]
                ui.icon(icon, size="sm").classes("step-icon").props("aria-hidden=true")
                with ui.element("div").classes("step-words"):
                    with ui.element("div").classes("step-title"):
                        ui.label(step.title)
                        ui.label({"done": "done", "next": "waiting", "open": "not yet"}[state]).classes("step-state")
                    if step is following or step is steps[0]:
                        nothing(step.note)
                    if step is following and step.command:
                        command(step.command)


def connect_github(place: Place) -> None:
    """Say that labels are missing, and how to get them."""
    ui.label("Connect GitHub").classes("state-title")
    nothing("The repositories have no labels yet, so Managed and Unmanaged cannot be told apart. Label them with:")
    command(place.classify)


def loading(progress: Progress) -> None:
    """Say how far a demo is loaded."""
    ui.label("Loading the demo").classes("state-title")
    bar = ui.linear_progress(progress.done / progress.total, show_value=False).classes("loading-bar")
    bar.props["aria-label"] = "Loading the demo"
    left = progress.seconds_left
    rest = "" if left is None else f", about {math.ceil(left)} s left"
    nothing(f"{progress.done} of {progress.total} days{rest}")
