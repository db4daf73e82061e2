"""A pane shows the newest picture asked for, whole, and nothing of those before it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from nicegui import Client, core, ui

from whence_ledger.dashboard.pane import Pane

Draw = Callable[[], Awaitable[None]]


def slow(words: str, answered: asyncio.Event) -> Draw:
    """A picture that says something at once, and the rest when the ledger has answered."""

    async def draw() -> None:
        ui.label(f"{words} begins")
        await answered.wait()
        ui.label(f"{words} ends")

    return draw


def labels_after(act: Callable[[Pane, asyncio.Event], Awaitable[None]]) -> list[str]:
    """All labels that the browser keeps after ``act``, wherever they are, in order."""
    # Playwright runs a loop in the main thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _labels_after(act)).result()


async def _labels_after(act: Callable[[Pane, asyncio.Event], Awaitable[None]]) -> list[str]:
    core.loop = asyncio.get_running_loop()
    with Client(ui.page("/")) as client:
        await act(Pane(ui.element("div")), asyncio.Event())
        labels = [one.text for one in client.elements.values() if isinstance(one, ui.label)]
    client.delete()
    return labels


def test_a_pane_that_is_cleared_while_it_is_drawn_keeps_nothing() -> None:
    async def act(pane: Pane, answered: asyncio.Event) -> None:
        showing = asyncio.create_task(pane.show("one", slow("one", answered)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        pane.clear()
        answered.set()
        assert not await showing

    assert labels_after(act) == []


def test_the_newer_of_two_pictures_stays_though_both_are_ready_at_once() -> None:
    async def act(pane: Pane, answered: asyncio.Event) -> None:
        pictures = [asyncio.create_task(pane.show(name, slow(name, answered))) for name in ("one", "two")]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        answered.set()
        assert await asyncio.gather(*pictures) == [False, True]

    assert labels_after(act) == ["two begins", "two ends"]


def test_a_picture_that_fails_says_so() -> None:
    async def fail() -> None:
        ui.label("half")
        raise OSError

    async def act(pane: Pane, _: asyncio.Event) -> None:
        assert await pane.show("one", fail)

    assert labels_after(act)[0] == "The ledger did not answer"
