"""The OTLP/HTTP receiver: ``/v1/metrics``, ``/v1/logs`` and ``/v1/traces``.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

from typing import NamedTuple

from anyio import to_thread
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from whence_ledger.access.gate import MAX_BODY_BYTES
from whence_ledger.ingest.body import BodyError, read_body
from whence_ledger.ingest.commit import Committer
from whence_ledger.ingest.otlp import (
    MAX_JSON_BYTES,
    Decoded,
    Decoder,
    OtlpError,
    decode_logs,
    decode_metrics,
    decode_traces,
)
from whence_ledger.ingest.room import ROW_BYTES, Room, Take
from whence_ledger.model.exported import Exported
from whence_ledger.model.item import Rows
from whence_ledger.model.window import Window, window

PROTOBUF, JSON = "application/x-protobuf", "application/json"

SMALL_BODY_BYTES = 32 * 1024


class Signal(NamedTuple):
    """How requests of one signal are read and answered. ``rejected``: the field that counts refused items."""

    decode: Decoder
    response: type[Message]
    rejected: str


SIGNALS = {
    "metrics": Signal(decode_metrics, ExportMetricsServiceResponse, "rejected_data_points"),
    "logs": Signal(decode_logs, ExportLogsServiceResponse, "rejected_log_records"),
    "traces": Signal(decode_traces, ExportTraceServiceResponse, "rejected_spans"),
}


async def receive(request: Request) -> Response:
    """Store the items of a request to ``/v1/{signal}``; answer when they are committed."""
    signal = _signal(request)
    if _content_type(request) not in {PROTOBUF, JSON}:
        return _error(request, 415, f"Content-Type must be {PROTOBUF} or {JSON}.")
    is_json = _content_type(request) == JSON
    room: Room = request.app.state.room
    try:
        with room.part() as take:
            body = await read_body(request, take, MAX_JSON_BYTES if is_json else MAX_BODY_BYTES)
            return _answer(request, 200, await store(request.app.state, signal, body, is_json, take))
    except BodyError as error:
        return _error(request, error.status, str(error))
    except HTTPException as error:
        return _error(request, error.status_code, error.detail)


async def store(state: State, signal: Signal, body: bytes, is_json: bool, take: Take) -> Message:
    """Store the items of a request; return the response when they are committed. Raises ``BodyError`` if it is not an
    OTLP request, and ``HTTPException`` if it cannot be stored now. ``take``: counts the memory that it needs."""
    arguments = (signal.decode, body, is_json, window(state.keep), state.exports)
    # A typical request is decoded in less time than it takes to start a thread.
    if len(body) <= SMALL_BODY_BYTES:
        decoded = _decode(*arguments)
    else:
        decoded = await to_thread.run_sync(_decode, *arguments, limiter=state.decoding)
    if isinstance(decoded, str):
        raise BodyError(400, decoded)
    take(ROW_BYTES * sum(len(rows) for rows in decoded.rows))
    await _commit(state.committer, decoded.exported if state.exports else decoded.rows)
    if decoded.rows.points or decoded.rows.events:
        state.has_received = True
    if not decoded.rejected:
        return signal.response()
    return signal.response(partial_success={signal.rejected: decoded.rejected, "error_message": decoded.reason})


def _decode(decode: Decoder, body: bytes, is_json: bool, counts: Window, exports: bool) -> Decoded | str:
    """Return the decoded request, or the error. The error is returned because a raised exception would keep its
    traceback, and with it the body and the parsed request, in memory until the next garbage collection."""
    try:
        return decode(body, is_json, counts, exports)
    except OtlpError as error:
        return str(error)


async def _commit(committer: Committer, rows: Rows | Exported) -> None:
    if any(rows):
        try:
            await committer.commit(rows)
        except Exception as error:
            raise HTTPException(503, "The ledger could not store the request. Send it again later.") from error


def _signal(request: Request) -> Signal:
    signal = SIGNALS.get(request.path_params["signal"])
    if signal is None:
        raise HTTPException(404, f"OTLP has {', '.join(SIGNALS)}.")
    return signal


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _error(request: Request, status: int, message: str) -> Response:
    response = _answer(request, status, Status(message=message))
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _answer(request: Request, status: int, message: Message) -> Response:
    if _content_type(request) == PROTOBUF:
        return Response(message.SerializeToString(), status, media_type=PROTOBUF)
    return Response(MessageToJson(message, indent=None), status, media_type=JSON)
