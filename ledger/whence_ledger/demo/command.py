"""``whence demo``: serve the dashboard with a generated organization."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import click

from whence_ledger.access.auth import TokenError, Tokens
from whence_ledger.alert.rule import RuleError, load_rules
from whence_ledger.demo.folder import temporary_folder
from whence_ledger.demo.load import steps
from whence_ledger.model.progress import Progress
from whence_ledger.serve import listen, refuse_without_tokens, server_of, url_of
from whence_ledger.store.damage import StoreError
from whence_ledger.store.store import Store
from whence_ledger.web.server import create_server


@click.command()
@click.option("--developers", default=40, show_default=True, type=click.IntRange(1, 2000), help="Number of developers.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 365), help="Days of history.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4320, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the demo's ledger in this folder.  [default: temporary]",
)
def demo(developers: int, days: int, host: str, port: int, data: Path | None) -> None:
    """Serve the dashboard with a generated organization. Your own ledger is not touched."""
    if data and data.exists() and any(data.iterdir()):
        raise click.ClickException(
            f"{data} is not empty. Choose a new folder, so that the demo does not mix with your data."
        )
    # Clean up on SIGTERM too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.umask(0o077)
    with temporary_folder() if data is None else nullcontext(str(data)) as folder:
        try:
            tokens, rules = Tokens.load(os.environ, Path(folder)), load_rules(Path(folder, "alerts.toml"))
            refuse_without_tokens(tokens, host)
            listener = listen(host, port)
            web = create_server(Store(Path(folder, "ledger.duckdb")), tokens, rules=rules, folder=Path(folder))
        except (TokenError, RuleError, StoreError) as error:
            raise click.ClickException(str(error)) from error
        url, server = url_of(host, port), server_of(web)
        web.state.progress = progress = Progress(steps(days))
        click.echo(f"whence is at {url}; the page shows the progress of loading the demo.", err=True)
        # The server runs in this process and never outlives it. The loader ends when it cannot reach the server.
        loader = _start_loader(url, developers, days, folder)
        failed = threading.Event()

        def follow() -> None:
            assert loader.stdout  # noqa: S101
            for line in loader.stdout:
                progress.done = int(line)
            if progress.is_over:
                click.echo(f"Open {url}: a generated organization of {developers} developers. Press Ctrl-C to stop.")
            else:
                failed.set()
                server.should_exit = True

        threading.Thread(target=follow, daemon=True).start()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            # Interrupting the demo while it loads is not a failure.
            failed.clear()
        finally:
            loader.terminate()
            loader.wait(timeout=30)
    if failed.is_set():
        sys.exit(1)


def _start_loader(url: str, developers: int, days: int, folder: str) -> "subprocess.Popen[str]":
    # The loader connects locally, whatever address the server listens on.
    url = url.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")  # noqa: S104
    command = [sys.executable, "-m", "whence_ledger.demo.load", url, str(developers), str(days), folder]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
