"""Send a test session as the hook and Claude Code would, then remove it from the ledger."""

import secrets
import time

from opentelemetry.sdk.metrics.export import MetricsData, NumberDataPoint
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from whence_client.ledger import Ledger, LedgerError
from whence_contract import attribute as a
from whence_contract.claude_code import SERIES
from whence_contract.repository import local_repository
from whence_contract.units import Nanoseconds
from whence_hook.flush.account import Account
from whence_hook.flush.activity import Activity
from whence_hook.flush.checkout import Checkout
from whence_hook.flush.export import export
from whence_hook.flush.span import deltas, metrics_data, span
from whence_hook.machine.config import Config
from whence_hook.machine.error import HookError
from whence_hook.record.touch import READ
from whence_installer.doctor.check import Check

COST_USD = 0.000001


def send_trial(config: Config) -> Check:
    """Check that a session arrives, is attributed to its repository, and can be removed."""
    session, now = a.TRIAL_SESSION + secrets.token_hex(8), Nanoseconds(time.time_ns())
    repository = local_repository(a.TRIAL_REPOSITORY)
    touched = Activity(session, None, ("", ""), session, now, now, {READ: 1})
    try:
        refusals = export(config, [span(touched, Checkout(repository), Account())], _cost(session, now))
    except HookError as error:
        return Check("test session", False, str(error), "Fix the endpoint, then try again.")
    if refusals:
        return Check("test session", False, refusals[0].message, "Fix this, then try again.")
    with Ledger(config.endpoint, "ingest", config.token or "", config.plain_http) as ledger:
        try:
            answer = ledger.send("DELETE", f"/v1/sessions/{session}")
        except LedgerError as error:
            return Check("test session", False, str(error), "See the ledger's log.")
    if answer.status_code in {404, 405, 501}:
        message = answer.json().get("error", "") if "json" in answer.headers.get("Content-Type", "") else ""
        if "No such session" in message:
            return Check("test session", False, "accepted, but it did not arrive", "See the ledger's log.")
        told = f"accepted as {session}; this receiver can neither confirm its attribution nor remove it"
        return Check("test session", True, told)
    if answer.status_code != 200:
        return Check("test session", False, f"the ledger answers {answer.status_code}", "See the ledger's log.")
    if answer.json() != {repository.key: COST_USD}:
        return Check("test session", False, f"arrived as {answer.text}", "See the ledger's log.")
    return Check("test session", True, "arrived, was attributed to its repository, and was removed")


def _cost(session: str, now: Nanoseconds) -> MetricsData:
    """Return the metrics that Claude Code would send for the session."""
    point = NumberDataPoint({a.SESSION_ID: session}, now, now, COST_USD)
    metric = deltas(SERIES["cost_usd"].metric, "", "USD", [point])
    resource, scope = Resource({"service.name": "whence-doctor"}), InstrumentationScope("whence.doctor")
    return metrics_data(resource, scope, [metric])
