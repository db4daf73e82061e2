"""Delivery: records become activities, spans and a metric, and are exported."""

from collections.abc import Sequence
from typing import NamedTuple

from whence_hook.flush.account import load_account
from whence_hook.flush.activity import activities
from whence_hook.flush.backlog import Record
from whence_hook.flush.checkout import inspect
from whence_hook.flush.export import Refusal, export
from whence_hook.flush.span import metrics, span
from whence_hook.machine.config import load_config
from whence_hook.machine.environment import isolate


class Delivered(NamedTuple):
    """How many spans were sent, and what the receiver refused of them for good."""

    spans: int
    refusals: list[Refusal]


def deliver(records: Sequence[Record]) -> Delivered:
    """Send ``records``; returns only when they were accepted. Raises ``HookError``."""
    isolate()
    account = load_account()
    done = activities(records)
    checkouts = inspect(dict.fromkeys(one.root for one in done if one.root is not None))
    seen = [(one, checkouts[one.root] if one.root else None, account) for one in done]
    config = load_config()
    refusals = export(config, [span(*one) for one in seen], metrics(seen, config.session_repo_info)) if seen else []
    return Delivered(len(seen), refusals)
