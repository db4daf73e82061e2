"""Cards, the building blocks of a tab."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from whence_ledger.dashboard.amount import Amount
from whence_ledger.dashboard.clipboard import copy_text


@contextmanager
def card(title: str, name: str, classes: str = "", note: str = "") -> Iterator[ui.row]:
    """Draw a titled card; yield the row at the end of its title. ``name``: the element's id, for links."""
    with ui.element("section").classes(f"card {classes}").props(f'id="{name}"'):
        with ui.row().classes("card-head"):
            ui.label(title).classes("card-title").props('role="heading" aria-level="2"')
            if note:
                ui.label(note).classes("card-note")
            end = ui.row().classes("card-end")
        yield end


def figure(title: str, amount: Amount, name: str, note: str = "") -> ui.element:
    """Draw one figure, with the exact amount as a tooltip. Return its card."""
    with ui.element("section").classes("card figure").props(f'id="{name}"') as drawn:
        ui.label(title).classes("figure-title")
        with ui.element("div").classes("figure-value") as value:
            # An e-mail address wraps before @ or a dot, not inside a word.
            for part in re.split("(?=[@.])", amount.shown) if isinstance(amount.raw, str) else [amount.shown]:
                ui.label(part)
        value.props["title"] = amount.exact
        if note:
            ui.label(note).classes("figure-note")
    return drawn


def show_mark(name: str, row: str) -> None:
    """Scroll to a card's marked row and focus it. ``row``: its name; empty for the entire card."""
    ui.run_javascript(f"whenceMark('{name}', {'true' if row else 'false'})")


def nothing(words: str) -> None:
    """Draw the reason why a card is empty."""
    ui.label(words).classes("nothing")


def command(line: str) -> None:
    """Draw a command with a copy button."""
    with ui.row().classes("command"):
        ui.label(line).classes("command-line")
        copy = ui.button(icon="content_copy", on_click=lambda: copy_text(line)).props("flat dense round size=sm")
        copy.props["aria-label"] = "Copy the command"
        with copy:
            ui.tooltip("Copy the command")
