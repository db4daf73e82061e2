"""Delivery: turn records into spans and a metric, and export them."""

from collections.abc import Sequence
from typing import NamedTuple

from whence_hook.flush.account import load_account
from whence_hook.flush.activity import activities
from whence_hook.flush.checkout import Checkout, inspect, is_address
from whence_hook.flush.export import Refusal, export
from whence_hook.flush.lines import Change, Record
from whence_hook.flush.lines import change as summed
from whence_hook.flush.span import metrics, span
from whence_hook.machine.config import load_config
from whence_hook.machine.environment import isolate
from whence_hook.record.worktree import Root


class Delivered(NamedTuple):
    """The number of spans that were sent, and what the receiver refused permanently."""

    spans: int
    refusals: list[Refusal]


def deliver(records: Sequence[Record]) -> Delivered:
    """Send ``records``; return only when they were accepted. Raises ``HookError``."""
    isolate()
    account = load_account()
    roots = dict.fromkeys(change.root for record in records for change in record.changes if change.root is not None)
    checkouts = inspect(roots)
    done = activities(_once(record, checkouts) for record in records)
    seen = [(one, checkouts[one.root] if one.root else None, account) for one in done]
    config = load_config()
    refusals = export(config, [span(*one) for one in seen], metrics(seen, config.session_repo_info)) if seen else []
    return Delivered(len(seen), refusals)


def _once(record: Record, checkouts: dict[Root, Checkout]) -> Record:
    """Return the record; if it has a repository both by address and by working tree, both count as the working tree."""
    trees = {
        repository.key: change.root
        for change in record.changes
        if change.root and not is_address(change.root[0]) and (repository := checkouts[change.root].repository)
    }
    changes: dict[Root | None, Change] = {}
    for change in record.changes:
        root = change.root
        if root and is_address(root[0]) and (repository := checkouts[root].repository):
            root = trees.get(repository.key, root)
        known = changes.get(root, Change(root))
        sums = (one + other for one, other in zip(known.counts, change.counts, strict=True))
        changes[root] = summed(root, sums, known.head or change.head)
    return record._replace(changes=tuple(changes.values()))
