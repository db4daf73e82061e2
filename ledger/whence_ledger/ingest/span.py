"""Spans: convert a ``repository.activity`` span of the hook to the rows that the ledger stores."""

from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from whence_contract import attribute as a
from whence_contract.repository import LOCAL, Repository, local_repository, parse_remote
from whence_contract.units import Nanoseconds, microseconds
from whence_ledger.ingest.attributes import Attributes, count, cut, email, read_attributes, team_of, text, utc_offset
from whence_ledger.model.item import Sighting, Span, Touch


def read_span(record: OtlpSpan, team: str) -> Span | None:
    """Return the rows of a span; ``None`` if its ids or required attributes are missing. ``team``: of its resource."""
    attributes = read_attributes(record.attributes)
    session_id = text(attributes.get(a.SESSION_ID))
    if not session_id or len(record.trace_id) != 16 or len(record.span_id) != 8:
        return None
    repository = _repository(attributes)
    touch = Touch(
        time=microseconds(Nanoseconds(record.start_time_unix_nano)),
        id=record.trace_id.hex() + record.span_id.hex(),
        end_time=microseconds(Nanoseconds(max(record.start_time_unix_nano, record.end_time_unix_nano))),
        session_id=session_id,
        prompt_id=text(attributes.get(a.PROMPT_ID)),
        user_email=email(attributes.get(a.USER_EMAIL)),
        user_id=text(attributes.get(a.USER_ID)),
        team=team_of(attributes) or team,
        repository=repository.key if repository else "",
        head_name=text(attributes.get(a.VCS_REF_HEAD_NAME)),
        head_revision=text(attributes.get(a.VCS_REF_HEAD_REVISION)),
        reads=count(attributes.get(a.ACTIVITY_READ)) or 0,
        edits=count(attributes.get(a.ACTIVITY_EDIT)) or 0,
        searches=count(attributes.get(a.ACTIVITY_SEARCH)) or 0,
        commands=count(attributes.get(a.ACTIVITY_COMMAND)) or 0,
        lines_added=count(attributes.get(a.LINES_ADDED)) or 0,
        lines_removed=count(attributes.get(a.LINES_REMOVED)) or 0,
        commits=count(attributes.get(a.COMMITS)) or 0,
        pull_requests=count(attributes.get(a.PULL_REQUESTS)) or 0,
        agent=text(attributes.get(a.AGENT_ID)),
        calls=_calls(attributes.get(a.TOOL_USE_IDS)),
        utc_offset=utc_offset(attributes.get(a.UTC_OFFSET)),
    )
    return Span(touch, _sighting(repository, attributes, touch) if repository else None)


def _calls(ids: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(text, ids)))) if isinstance(ids, list) else ()


def _sighting(repository: Repository, attributes: Attributes, touch: Touch) -> Sighting:
    root_commits = attributes.get(a.REPOSITORY_ROOT_COMMIT)
    return Sighting(
        repository=repository.key,
        display=repository.display,
        host=repository.host,
        owner=repository.owner,
        name=repository.name,
        remote=bool(repository.host),
        root_commits=[cut(commit) for commit in root_commits[:4]] if isinstance(root_commits, list) else [],
        time=touch.time,
        end_time=touch.end_time,
        id=touch.id,
    )


def _repository(attributes: Attributes) -> Repository | None:
    """Return the repository that a span names. Its URL is parsed again, because anyone may send a span."""
    url, name = text(attributes.get(a.VCS_REPOSITORY_URL_FULL)), text(attributes.get(a.VCS_REPOSITORY_NAME))
    if url:
        return parse_remote(url)
    return local_repository(name) if name and attributes.get(a.VCS_OWNER_NAME) == LOCAL else None
