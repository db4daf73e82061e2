"""Flows: prompts that read in the organization's repositories and edited others, and no prompts but these."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from builders.axe import violations
from builders.browser import new_page
from builders.command import WHENCE
from builders.ledger import Ledger, running_ledger
from builders.page import open_view, table, wait_for_chart
from builders.telemetry import cost, logs, metrics, now, span, traces

API, NOTES, FORK = "https://github.com/acme/api", "https://github.com/jane/notes", "https://github.com/jane/fork"
DOTFILES, UPSTREAM = "https://github.com/jane/dotfiles", "https://github.com/oss/upstream"
JANE, JOE = "jane@acme.example", "joe@acme.example"


def read(repository: str, prompt: str, **more: Any) -> dict[str, Any]:
    return span(repository, touches=2, prompt_id=prompt, at=now(), **more)


def edit(repository: str, prompt: str, **more: Any) -> dict[str, Any]:
    return span(repository, touches=0, whence_activity_edit=3, added=40, prompt_id=prompt, at=now(), **more)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger with ordinary work, and two users whose prompts read in one place and edited in another."""
    with running_ledger(tmp_path_factory.mktemp("flows") / "data") as running:
        running.accept(
            "traces",
            # Ordinary: a fork read and edited, own files, an upstream read, the company's code edited with own notes
            # open, company code read in one prompt and notes written in the next.
            traces(read(FORK, "p1"), edit(FORK, "p1"), edit(DOTFILES, "p2"), read(UPSTREAM, "p3"), edit(FORK, "p3")),
            traces(read(NOTES, "p4"), edit(API, "p4"), read(API, "p5"), edit(NOTES, "p6"), edit(DOTFILES, "")),
        )
        running.accept("metrics", metrics(cost(1.0, user_email=JANE, at=now())))
        running.label(
            **{"github.com/acme/api": "Managed", "github.com/oss/upstream": "Unknown"},
            **{f"github.com/jane/{name}": "Unmanaged" for name in ("notes", "fork", "dotfiles")},
        )
        yield running


def test_a_week_of_ordinary_work_has_no_flow(ledger: Ledger) -> None:
    assert ledger.get("flows") == []


def test_a_prompt_that_read_in_one_and_edited_the_other_is_a_flow(
    ledger: Ledger, browser: Browser, tmp_path: Path
) -> None:
    ledger.accept(
        "traces",
        traces(read(API, "p7"), edit(NOTES, "p7"), read(API, "p8"), edit(NOTES, "p8")),
        traces(read(API, "q1", session="s2"), edit(FORK, "q1", session="s2")),
    )
    ledger.accept("metrics", metrics(cost(1.0, "s2", user_email=JOE, at=now())))
    rows = ledger.get("flows")
    told = [tuple(row[name] for name in ("user", "from", "to", "prompts", "sessions", "lines_added")) for row in rows]
    assert [row["cost_usd"] for row in rows] == [None, None]
    assert told == [(JANE, "acme/api", "jane/notes", 2, 1, 80), (JOE, "acme/api", "jane/fork", 1, 1, 40)]
    assert (rows[0]["reads"], rows[0]["edits"], rows[0]["reason"]) == (4, 6, "test")
    assert [row["user"] for row in ledger.get("flows", user=JOE)] == [JOE]
    assert [row["user"] for row in ledger.get("flows", repository="jane/notes")] == [JANE]
    assert len(ledger.get("flows", repository="acme/api")) == 2
    assert ledger.get("flows", to="2026-01-01T00:00:00") == []
    command = [*WHENCE, "report", "flows", "--ledger", ledger.url, "--format", "json"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env={"HOME": str(tmp_path)})
    assert json.loads(printed.stdout) == rows
    with new_page(browser) as page:
        open_view(page, ledger, tab="repositories", range="24h")
        assert [row[:3] for row in table(page, "flows")] == [list(row[:3]) for row in told]
        script = """() => getElement(document.querySelector('#flows .chart').id.slice(1)).chart.getOption()
            .series[0].links.map(one => [one.source, one.target, one.value])"""
        wait_for_chart(page, "flows")
        assert page.evaluate(script) == [["acme/api", "jane/notes", 2], ["acme/api", "jane/fork", 1]]
        assert violations(page) == []
        page.locator("#flows tbody tr").nth(1).click()
        expect(page.locator(".drawer-title")).to_have_text(JOE)


def test_a_prompts_cost_is_its_part_of_what_its_session_cost(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger:
        ledger.accept("traces", traces(read(API, "p1"), edit(NOTES, "p1"), read(API, "p2"), edit(DOTFILES, "p3")))
        ledger.accept("metrics", metrics(cost(8.0, user_email=JANE, at=now())))
        for prompt, dollars in (("p1", 0.3), ("p2", 0.1)):
            ledger.accept("logs", logs("api_request", at=now(), prompt_id=prompt, cost__usd=dollars, model="opus"))
        ledger.label(
            **{
                "github.com/acme/api": "Managed",
                "github.com/jane/notes": "Unmanaged",
                "github.com/jane/dotfiles": "Unmanaged",
            }
        )
        (row,) = ledger.get("flows")
        assert row["cost_usd"] == pytest.approx(6.0)
        assert not row["shares_history"]
        pack = httpx.get(f"{ledger.url}/evidence?drawer=user:{JANE}").text
        assert "does not show that anything was copied" in pack
        assert "<bdi>acme/api</bdi>" in pack
