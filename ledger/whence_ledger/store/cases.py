"""Find the user and the repository of a case before either store writes it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from whence_ledger.model.case import Case, NoCaseError
from whence_ledger.model.query import Query

Ask = Callable[[str, Query], list[dict[str, Any]]]


def case_row(ask: Ask, case: Case) -> dict[str, Any]:
    """Return the row to store, decided now. The case may name the repository by its display name. Raises
    ``NoCaseError`` if the user has spent nothing on the repository."""
    pairs = ask("case_pair", Query(users=(case.user,), repositories=(case.repository,)))
    if not case.user or not case.repository or not pairs:
        raise NoCaseError(f"The ledger has no spend of {case.user or 'nobody'} on {case.repository or 'nothing'}.")
    now = datetime.now(UTC).replace(tzinfo=None)
    return case._asdict() | pairs[0] | {"decided_at": now, "status": str(case.status)}
