"""The drawer of the alert rules: what each detects, its thresholds in force, its SQL and its PromQL."""

from nicegui import ui

from whence_contract.period import write_length
from whence_ledger.alert.describe import describe, in_words_of
from whence_ledger.alert.rule import Rule
from whence_ledger.alert.watch import Watch
from whence_ledger.dashboard.card import card, nothing
from whence_ledger.dashboard.clipboard import copy_text
from whence_ledger.dashboard.look import Look
from whence_ledger.dashboard.view import RANGES, TABS, read_view


def draw_rules(look: Look, about: str) -> None:
    """Draw every rule, and mark the one that ``about`` names."""
    ui.label("Alerts").classes("drawer-kind")
    ui.label("Alert rules").classes("drawer-title").props('role="heading" aria-level="2"')
    watch = look.watch
    if watch is None:
        nothing("This ledger evaluates no alerts.")
        return
    words = (
        "The ledger evaluates the rules every minute. To change thresholds, edit alerts.toml in the ledger's folder. "
        "The queries contain the thresholds in force. The SQL is DuckDB's: run it with whence sql."
    )
    ui.label(words).classes("evidence")
    for rule in (*watch.rules.rules.values(), *watch.rules.disabled):
        _draw(look, watch, rule, is_marked=rule.name == about)


def _draw(look: Look, watch: Watch, rule: Rule, *, is_marked: bool) -> None:
    told = describe(rule)
    with card(rule.title, f"rule-{rule.name}", "rule wide", rule.name) as end:
        if is_marked:
            ui.context.slot.parent.classes("marked").props("aria-current=true")
            ui.run_javascript(f"whenceShow('rule-{rule.name}')")
        with end:
            ui.label(_state(watch, rule)).classes("evidence")
            shown = read_view([("tab", rule.tab), ("range", rule.range)])
            view = ui.button("View", on_click=lambda: look.go(shown)).props("flat dense no-caps")
            view.props["aria-label"] = f"View {TABS[shown.tab]}, {RANGES[shown.range][1].lower()}: {rule.title}"
        ui.label(told.detects).classes("rule-detects")
        with ui.element("dl").classes("thresholds"):
            for name, value in rule.thresholds.items():
                usual = rule.defaults[name]
                changed = f", default {in_words_of(name, usual)}" if value != usual else ""
                _threshold(name, f"{in_words_of(name, value)}{changed}")
            _threshold("for", write_length(rule.hold))
            _threshold("quiet", write_length(rule.quiet))
        _query("SQL", told.sql, rule)
        if told.promql:
            _query("PromQL", told.promql, rule)
        if told.limits:
            ui.label(f"PromQL: {told.limits}").classes("evidence")


def _threshold(name: str, words: str) -> None:
    with ui.element("div"):
        with ui.element("dt"):
            ui.label(name)
        with ui.element("dd"):
            ui.label(words)


def _query(language: str, text: str, rule: Rule) -> None:
    with ui.expansion(language).props("dense dense-toggle").classes("query") as part:
        part.props["toggle-aria-label"] = f"{language} of {rule.name}"
        with ui.element("pre").props('tabindex="0"') as code:
            code.props["aria-label"] = f"{language} of {rule.name}"
            ui.label(text)
        copy = ui.button("Copy", icon="content_copy", on_click=lambda: copy_text(text))
        copy.props("flat dense no-caps").props["aria-label"] = f"Copy the {language} of {rule.name}"


def _state(watch: Watch, rule: Rule) -> str:
    if rule.name not in watch.rules.rules:
        return "disabled"
    firing = sum(1 for one in watch.book.alerts if one.found.alert == rule.name and one.fired)
    return f"{firing} firing" if firing else "not firing"
