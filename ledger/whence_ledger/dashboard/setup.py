"""The setup checklist: which steps are done, and the command for the next one."""

import math
from typing import NamedTuple

from nicegui import ui

from whence_ledger.dashboard.card import command, nothing
from whence_ledger.model.progress import Progress


class Place(NamedTuple):
    """The address at which the browser reached the ledger (``https://whence.example.com``), and the tokens it
    requires."""

    url: str
    ingest_token: bool
    admin_token: bool

    @property
    def install(self) -> str:
        """Return the command that connects a machine."""
        token = "WHENCE_INGEST_TOKEN=… " if self.ingest_token else ""
        return f"{token}./install.sh --endpoint {self.url}"

    @property
    def classify(self) -> str:
        """Return the command that labels the repositories."""
        token = "WHENCE_ADMIN_TOKEN=… " if self.admin_token else ""
        return f"GITHUB_TOKEN=… {token}whence classify --org YOUR-ORGANIZATION --ledger {self.url}"


class Chain(NamedTuple):
    """Which setup steps have worked so far."""

    telemetry: bool
    hook: bool
    sessions: bool
    labelled: bool


class Step(NamedTuple):
    """One setup step. ``note``: shown until the step is done. ``command``: the command that does it."""

    title: str
    done: bool
    note: str
    command: str | None = None


def steps_of(chain: Chain, place: Place) -> list[Step]:
    """Return the setup steps in order."""
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
            "Work in a git repository: the hook reports at the end of each turn. If it does not, check the machine.",
            "whence doctor",
        ),
        Step(
            "First session",
            chain.sessions,
            "Claude Code reports a session's cost every minute and when the session ends.",
            "claude",
        ),
        Step(
            "GitHub connected",
            chain.labelled,
            "Label repositories as Managed or Unmanaged by your organization.",
            place.classify,
        ),
    ]


def checklist(chain: Chain, place: Place) -> None:
    """Draw the steps with their state, and the command of the first step that is not done."""
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
    """Draw a note that labels are missing, and the command that creates them."""
    ui.label("Connect GitHub").classes("state-title")
    nothing("The repositories have no labels yet. To label them as Managed or Unmanaged, run:")
    command(place.classify)


def loading(progress: Progress) -> None:
    """Draw the progress of loading a demo."""
    ui.label("Loading the demo").classes("state-title")
    bar = ui.linear_progress(progress.done / progress.total, show_value=False).classes("loading-bar")
    bar.props["aria-label"] = "Loading the demo"
    left = progress.seconds_left
    rest = "" if left is None else f", about {math.ceil(left)} s left"
    nothing(f"{progress.done} of {progress.total} days{rest}")
