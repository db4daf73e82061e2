"""PyGithub's retry, limited by one time budget for the run."""

import json
from contextlib import suppress
from typing import Any

from github import GithubException, GithubRetry
from urllib3.exceptions import HTTPError

MAX_BYTES = 1024 * 1024
"""How much of a refusal's body is read."""


class Budget:
    """The time that a run may still spend waiting. ``left``: seconds."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def take(self, seconds: float) -> bool:
        """Take the time for one wait. Return False, and take nothing, if less is left."""
        if seconds > self.left:
            return False
        self.left -= seconds
        return True


class BudgetRetry(GithubRetry):
    """Retries what PyGithub retries, unless the wait exceeds the budget: then the refusal is raised at once."""

    def __init__(self, budget: Budget, **more: Any) -> None:
        """``budget``: shared by all requests of the run. ``more``: options of ``GithubRetry``."""
        self._budget = budget
        self._refused: Any = None
        super().__init__(**more)

    def new(self, **more: Any) -> "BudgetRetry":
        """Return the next retry. urllib3 creates one for each attempt."""
        return super().new(budget=self._budget, **more)

    def increment(self, method: Any = None, url: Any = None, response: Any = None, *given: Any, **more: Any) -> Any:
        """Return the next retry, which contains the wait. Raises ``GithubException``, ``MaxRetryError`` or
        ``HTTPError`` if there must be none."""
        retry = super().increment(method, url, response, *given, **more)
        wait = max((retry.get_retry_after(response) if response else None) or 0.0, retry.get_backoff_time())
        if self._budget.take(wait):
            return retry
        if response:
            refused = self._refused or {"message": response.reason}
            raise GithubException(response.status, refused, dict(response.headers))
        raise more.get("error") or HTTPError("The run has waited too long.")

    def get_content(self, response: Any, url: str) -> bytes:  # type: ignore[override]
        """Return at most ``MAX_BYTES`` of a refusal's body. PyGithub would read all of it, however long it is."""
        content = bytes(response.read(MAX_BYTES, decode_content=True))
        with suppress(ValueError, RecursionError):
            self._refused = json.loads(content)
        return content
