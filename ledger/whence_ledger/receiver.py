"""The OTLP/HTTP receiver: ``/v1/metrics``, ``/v1/logs`` and ``/v1/traces``.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

from fastapi import APIRouter, Depends, Request, Response
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.concurrency import run_in_threadpool

from whence_ledger.auth import Role, requires
from whence_ledger.body import BodyError, read_body
from whence_ledger.commit import Committer
from whence_ledger.otlp import Decoder, OtlpError, decode_logs, decode_metrics, decode_traces

PROTOBUF, JSON = "application/x-protobuf", "application/json"

router = APIRouter(prefix="/v1", dependencies=[Depends(requires(Role.INGEST))], include_in_schema=False)


@router.post("/metrics")
async def metrics(request: Request) -> Response:
    """Store data points."""
    response = ExportMetricsServiceResponse()
    rejected, reason, answer = await _receive(request, decode_metrics)
    if rejected:
        response.partial_success.rejected_data_points = rejected
        response.partial_success.error_message = reason
    return answer or _answer(request, 200, response)


@router.post("/logs")
async def logs(request: Request) -> Response:
    """Store events."""
    response = ExportLogsServiceResponse()
    rejected, reason, answer = await _receive(request, decode_logs)
    if rejected:
        response.partial_success.rejected_log_records = rejected
        response.partial_success.error_message = reason
    return answer or _answer(request, 200, response)


@router.post("/traces")
async def traces(request: Request) -> Response:
    """Store attribution spans."""
    response = ExportTraceServiceResponse()
    rejected, reason, answer = await _receive(request, decode_traces)
    if rejected:
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = reason
    return answer or _answer(request, 200, response)


async def _receive(request: Request, decode: Decoder) -> tuple[int, str, Response | None]:
    """Items refused and why; an answer when the request as a whole was refused."""
    committer: Committer = request.app.state.committer
    content_type = _content_type(request)
    if content_type not in {PROTOBUF, JSON}:
        return 0, "", _error(request, 415, f"Content-Type must be {PROTOBUF} or {JSON}.")
    try:
        body = await read_body(request)
        decoded = await run_in_threadpool(decode, body, content_type == JSON)
    except BodyError as error:
        return 0, "", _error(request, error.status, str(error))
    except OtlpError as error:
        return 0, "", _error(request, 400, str(error))
    if any(decoded.rows):
        try:
            await committer.commit(decoded.rows)
        except Exception:
            return 0, "", _error(request, 503, "The ledger could not store the request. Send it again later.")
    return decoded.rejected, decoded.reason, None


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
