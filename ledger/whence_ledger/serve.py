"""``whence serve``: run the ledger."""

import errno
import os
import socket
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs
import uvicorn
from starlette.applications import Starlette

from whence_contract.address import is_loopback
from whence_contract.period import PeriodError, length
from whence_ledger.access.auth import TokenError, Tokens
from whence_ledger.access.connection import limited_connections
from whence_ledger.access.proxy import LOOPBACK, Proxy, ProxyError, parse_networks
from whence_ledger.alert.rule import RuleError, load_rules
from whence_ledger.model.ticket import TICKETS, TicketError, check_pattern
from whence_ledger.model.working_hours import DAYS, HOURS, WorkingHours, WorkingHoursError, parse_days, parse_hours
from whence_ledger.store.address import AddressError, parse_address
from whence_ledger.store.damage import StoreError
from whence_ledger.store.store import Store
from whence_ledger.web.server import create_server

if TYPE_CHECKING:
    from whence_ledger.store.clickhouse import ClickHouseStore


FILE_NAME = "ledger.duckdb"
MAX_MESSAGE_BYTES = 1024 * 1024
"""Largest WebSocket message from the dashboard's page."""


def default_data() -> Path:
    """Return the folder of the user's own ledger."""
    return Path(platformdirs.user_data_dir("whence", appauthor=False)) / "ledger"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4318, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--grpc-port",
    type=click.IntRange(1, 65535),
    help="Receive OTLP over gRPC on this port too, usually 4317.  [default: none]",
)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The ledger's folder.")
@click.option(
    "--store",
    "store_url",
    metavar="URL",
    envvar="WHENCE_STORE",
    help="Use ClickHouse instead of a file: clickhouse://user:password@host:port/database",
)
@click.option("--keep", metavar="LENGTH", help="Delete sessions that ended longer ago, such as 400d.  [default: never]")
@click.option(
    "--tickets",
    metavar="PATTERN",
    default=TICKETS,
    show_default=True,
    help="Regular expression (RE2) of a ticket's key in the name of a branch.",
)
@click.option(
    "--working-hours",
    metavar="FIRST-LAST",
    default=HOURS,
    show_default=True,
    envvar="WHENCE_WORKING_HOURS",
    help="Working hours, for the charts of a user.",
)
@click.option(
    "--working-days",
    metavar="FIRST-LAST",
    default=DAYS,
    show_default=True,
    envvar="WHENCE_WORKING_DAYS",
    help="Working days, such as Sun-Thu.",
)
@click.option("--user-header", metavar="NAME", help="Trust this header as the signed-in user.  [default: none]")
@click.option(
    "--proxy",
    "proxies",
    metavar="ADDRESS",
    multiple=True,
    default=LOOPBACK,
    show_default=True,
    help="Address or network of a trusted proxy; may be given several times.",
)
def serve(
    *,
    host: str,
    port: int,
    grpc_port: int | None,
    data: Path | None,
    store_url: str | None,
    keep: str | None,
    tickets: str,
    working_hours: str,
    working_days: str,
    user_header: str | None,
    proxies: tuple[str, ...],
) -> None:
    """Run the ledger: receive telemetry, serve the API and the dashboard.

    Listening beyond loopback requires three tokens: create them with 'whence ledger token', or set
    WHENCE_INGEST_TOKEN, WHENCE_READ_TOKEN and WHENCE_ADMIN_TOKEN.
    """
    data = data or default_data()
    try:
        tokens = Tokens.load(os.environ, data)
        kept = length(keep) if keep else None
        rules = load_rules(data / "alerts.toml")
        proxy = Proxy(parse_networks(proxies), user_header)
        check_pattern(tickets)
        working = WorkingHours(*parse_hours(working_hours), parse_days(working_days))
    except (TokenError, RuleError) as error:
        raise click.ClickException(str(error)) from error
    except PeriodError as error:
        raise click.BadParameter(str(error), param_hint="--keep") from error
    except ProxyError as error:
        raise click.BadParameter(str(error), param_hint="--proxy") from error
    except TicketError as error:
        raise click.BadParameter(str(error), param_hint="--tickets") from error
    except WorkingHoursError as error:
        raise click.BadParameter(str(error), param_hint="--working-hours, --working-days") from error
    refuse_without_tokens(tokens, host)
    if tokens.missing() and user_header:
        raise click.ClickException(
            "--user-header requires tokens; without them every client has full access. Create them with "
            "'whence ledger token ROLE'."
        )
    if tokens.missing() and not tokens.is_open:
        missing = " and ".join(tokens.missing())
        click.echo(f"There is no {missing} token: requests that need it are refused until you create it.", err=True)
    if shared := " and ".join(tokens.shared()):
        click.echo(
            f"The ingest token is the {shared} token too: every machine that sends telemetry can use it. Set another.",
            err=True,
        )
    listener = listen(host, port)
    grpc = _grpc_address(host, grpc_port) if grpc_port else None
    # The ledger's files, including those that DuckDB creates later, are readable by their owner only.
    os.umask(0o077)
    _make_folder(data)
    try:
        store = _store(store_url, data)
        store.tickets = tickets
        server = create_server(store, tokens, kept, proxy, rules, data, grpc, working)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    place = f"the ledger is in {data}" if store_url is None else "the ledger is in ClickHouse"
    over = f", and receives gRPC at {grpc}" if grpc else ""
    click.echo(f"whence is at {url_of(host, port)}{over}; {place}")
    # uvicorn has shut down cleanly by the time it re-raises the interrupt.
    with suppress(KeyboardInterrupt):
        server_of(server).run(sockets=[listener])


def refuse_without_tokens(tokens: Tokens, host: str) -> None:
    """Raise ``ClickException`` if other machines could reach a ledger without tokens."""
    if tokens.missing() and not is_loopback(host):
        variables = ", ".join(f"WHENCE_{role.name}_TOKEN" for role in tokens.missing())
        raise click.ClickException(
            f"Other machines can reach {host}. Create tokens first ('whence ledger token ROLE'), set "
            f"{variables}, or serve on 127.0.0.1 behind a proxy that authenticates."
        )


def url_of(host: str, port: int) -> str:
    """Return the URL of a server that listens there."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(application: Starlette) -> uvicorn.Server:
    """Return the HTTP server for the application, not started yet."""
    config = uvicorn.Config(
        application,
        http=limited_connections(),
        ws_max_size=MAX_MESSAGE_BYTES,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
    return uvicorn.Server(config)


def _make_folder(data: Path) -> None:
    """Create the folder. Raises ``ClickException`` if nothing can be written there: sign-ins need it, too."""
    told = ""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        told = f": {error.strerror}"
    if told or not os.access(data, os.W_OK | os.X_OK):
        raise click.ClickException(
            f"{data} cannot be written{told}. Run whence as its owner, on a writable disk, or choose another folder "
            "with --data."
        )


def _store(url: str | None, data: Path) -> "Store | ClickHouseStore":
    return Store(data / FILE_NAME) if url is None else clickhouse_store(url)


def clickhouse_store(url: str) -> "ClickHouseStore":
    """Return the store at ``url``. Raises ``StoreError``, and ``ClickException`` for what is no such URL."""
    try:
        address = parse_address(url)
    except AddressError as error:
        raise click.BadParameter(str(error), param_hint="--store or WHENCE_STORE") from error
    try:
        # Imported lazily: it needs the extra "clickhouse".
        from whence_ledger.store.clickhouse import connect  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(
            f"{error}. --store clickhouse:// needs an extra: pip install 'whence-spend[clickhouse]'"
        ) from error
    return connect(address)


def _grpc_address(host: str, port: int) -> str:
    """Return the address to receive gRPC at. Raises ``ClickException`` if that is not possible."""
    if find_spec("grpc") is None:
        raise click.ClickException("--grpc-port needs an extra: pip install 'whence-spend[grpc]'")
    listen(host, port, "--grpc-port").close()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """Return a listening socket. Raises ``ClickException`` if the address is in use or unavailable."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"Port {port} is in use. Is 'whence serve' already running? If not, choose another {option}."
            ) from error
        raise click.ClickException(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
