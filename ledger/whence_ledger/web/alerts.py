"""The API of alerts: active alerts, recent changes, silences and rules."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from whence_contract.period import PeriodError, length
from whence_ledger.access.auth import Role, requires
from whence_ledger.alert.book import Alert, Change, is_silenced
from whence_ledger.alert.describe import describe
from whence_ledger.alert.rule import FORMER, Rule
from whence_ledger.alert.watch import Watch, utc_now
from whence_ledger.web.schemas import PROBLEMS

MAX_LENGTH = 2048

router = APIRouter(prefix="/api/v1/alerts", responses=PROBLEMS)


class AlertRow(BaseModel):
    """An active alert. ``state``: ``pending`` until the condition has held for long enough. ``look``: the dashboard
    view that shows it."""

    alert: str
    title: str
    subject: str | None
    state: Literal["pending", "firing"]
    silenced: bool
    since: datetime
    value: float
    summary: str
    look: dict[str, str]


class ChangeRow(BaseModel):
    """An alert that fired or resolved."""

    at: datetime
    alert: str
    subject: str | None
    state: Literal["firing", "resolved"]
    value: float
    summary: str


class Alerts(BaseModel):
    """Active alerts and recent changes. ``waiting``: undelivered notifications. ``given_up``: notifications dropped
    after three days."""

    alerts: list[AlertRow]
    changes: list[ChangeRow]
    waiting: int
    given_up: int


class RuleRow(BaseModel):
    """An alert rule. ``detects``, ``sql`` (DuckDB's) and ``promql`` contain the thresholds in force. ``hold_seconds``:
    how long the condition must hold before the alert fires. ``quiet_seconds``: how long it must be absent before the
    alert resolves. ``promql_limits``: what the PromQL does not detect, or why there is none."""

    alert: str
    title: str
    enabled: bool
    detects: str
    thresholds: dict[str, float]
    default_thresholds: dict[str, float]
    hold_seconds: float
    quiet_seconds: float
    sql: str
    promql: str | None
    promql_limits: str | None


class Silencing(BaseModel):
    """A silence of an alert, for one subject or for all."""

    alert: Annotated[str, Field(max_length=100)]
    subject: Annotated[str | None, Field(max_length=MAX_LENGTH)] = None
    length: Annotated[str, Field(max_length=10, description="Such as 4h; 0m ends it")]


@router.get("", dependencies=[Depends(requires(Role.READ))])
async def alerts(request: Request) -> Alerts:
    """Return the active alerts and the recent changes, newest first."""
    watch: Watch = request.app.state.watch
    book, now = watch.book, utc_now()
    rows = [_alert(watch, one, is_silenced(book, one, now)) for one in book.alerts]
    rows.sort(key=lambda row: (row.state != "firing", row.since))
    changes = [_change(one) for one in reversed(book.changes)]
    return Alerts(alerts=rows, changes=changes, waiting=len(book.messages), given_up=book.given_up)


@router.get("/rules", dependencies=[Depends(requires(Role.READ))])
async def rules(request: Request) -> list[RuleRow]:
    """Return every alert rule with its queries; disabled ones last."""
    known = request.app.state.watch.rules
    return [_rule(one, True) for one in known.rules.values()] + [_rule(one, False) for one in known.disabled]


@router.post("/silences", status_code=204, dependencies=[Depends(requires(Role.ADMIN))])
async def silence(request: Request, silencing: Silencing) -> None:
    """Suppress the notifications of an alert for a time."""
    watch: Watch = request.app.state.watch
    name = FORMER.get(silencing.alert, silencing.alert)
    if name not in watch.rules.rules:
        raise HTTPException(422, f"Unknown alert. Alerts: {', '.join(watch.rules.rules)}.")
    try:
        duration = length(silencing.length)
    except PeriodError as error:
        raise HTTPException(422, str(error)) from error
    await run_in_threadpool(watch.silence, name, silencing.subject, duration)


def _rule(rule: Rule, enabled: bool) -> RuleRow:
    told = describe(rule)
    return RuleRow(
        alert=rule.name,
        title=rule.title,
        enabled=enabled,
        detects=told.detects,
        thresholds=rule.thresholds,
        default_thresholds=rule.defaults,
        hold_seconds=rule.hold.total_seconds(),
        quiet_seconds=rule.quiet.total_seconds(),
        sql=told.sql,
        promql=told.promql or None,
        promql_limits=told.limits or None,
    )


def _alert(watch: Watch, alert: Alert, silenced: bool) -> AlertRow:
    found = alert.found
    rule = watch.rules.rules.get(found.alert)
    return AlertRow(
        alert=found.alert,
        title=rule.title if rule else found.alert,
        subject=found.subject or None,
        state="firing" if alert.fired else "pending",
        silenced=silenced,
        since=alert.since.replace(tzinfo=UTC),
        value=found.value,
        summary=found.says,
        look=found.look,
    )


def _change(change: Change) -> ChangeRow:
    found = change.found
    values: dict[str, Any] = {"alert": found.alert, "subject": found.subject or None, "value": found.value}
    return ChangeRow(at=change.at.replace(tzinfo=UTC), state=change.state, summary=found.says, **values)  # type: ignore[arg-type]
