"""Delivery: records become activities, spans and a metric, and are exported."""

from collections.abc import Sequence
from typing import NamedTuple

from whence_hook.account import load_account
from whence_hook.activity import activities
from whence_hook.backlog import Record
from whence_hook.checkout import inspect
from whence_hook.config import load_config
from whence_hook.environment import isolate
from whence_hook.export import Refusal, export
from whence_hook.span import metrics, span


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
