"""The OTLP/gRPC receiver, with the same rules and limits as OTLP/HTTP.

https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
"""

from functools import partial

import grpc
import grpc.aio
from google.protobuf.message import Message
from starlette.datastructures import State
from starlette.exceptions import HTTPException

from whence_ledger.access.auth import Role, given_token, refusal, roles_of
from whence_ledger.access.gate import MAX_BODY_BYTES
from whence_ledger.ingest.body import BodyError
from whence_ledger.ingest.receiver import SIGNALS, Signal, store

_SERVICES = {
    f"opentelemetry.proto.collector.{package}.v1.{service}": SIGNALS[signal]
    for signal, package, service in (
        ("metrics", "metrics", "MetricsService"),
        ("logs", "logs", "LogsService"),
        ("traces", "trace", "TraceService"),
    )
}
MAX_CALLS = 32
"""The most concurrent calls: each is in memory before its token is checked."""
_OPTIONS = (
    # Before and after decompression.
    ("grpc.max_receive_message_length", MAX_BODY_BYTES),
    # Otherwise two servers on one port would share its clients.
    ("grpc.so_reuseport", 0),
)


async def start_grpc(state: State, address: str) -> grpc.aio.Server:
    """Start receiving at ``address`` (host and port). Raises ``RuntimeError`` if it is in use."""
    server = grpc.aio.server(options=_OPTIONS, maximum_concurrent_rpcs=MAX_CALLS)
    for service, signal in _SERVICES.items():
        # Keep requests as bytes: the receiver counts their items before parsing them.
        method = grpc.unary_unary_rpc_method_handler(partial(_export, state, signal), response_serializer=_encode)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": method}),))
    server.add_insecure_port(address)
    await server.start()
    return server


async def _export(state: State, signal: Signal, body: bytes, context: grpc.aio.ServicerContext) -> Message:
    """Answer one call when its items are committed."""
    if not state.tokens.is_open:
        given = dict(context.invocation_metadata() or ()).get("authorization", "")
        if not isinstance(given, str) or Role.INGEST not in roles_of(state.tokens, given_token(given)):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, refusal(state.tokens, Role.INGEST).detail)
    try:
        with state.room.part() as take:
            take(len(body))
            return await store(state, signal, body, False, take)
    except BodyError as error:
        answer: Message = await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except HTTPException as error:
        # Clients send the request again.
        answer = await context.abort(grpc.StatusCode.UNAVAILABLE, error.detail)
    return answer


def _encode(message: Message) -> bytes:
    return message.SerializeToString()
