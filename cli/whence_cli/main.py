"""The ``whence`` command. Each part of whence registers its own commands under ``whence.commands``."""

import sys
from importlib.metadata import EntryPoint, entry_points

import click

from whence_contract import __version__
from whence_contract.terminal import plain_lines

GROUP = "whence.commands"
_DISTRIBUTION = "whence-spend"
# The extra that installs the dependencies of a command's module. Modules that are not here need no extra.
_EXTRAS = {
    "whence_classifier": "classifier",
    "whence_ledger": "ledger",
    "whence_importer.command": "import",
}


class InstalledCommands(click.Group):
    """Commands found through entry points and imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all registered commands."""
        return sorted(entry_points(group=GROUP).names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; return ``None`` if no command has that name."""
        found = [entry for entry in entry_points(group=GROUP) if entry.name == cmd_name]
        return _load(found[0]) if found else None

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. Strip control characters from its error message, which may quote a server."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            vars(error)["message"] = plain_lines(error.message)
            raise


def _load(entry: EntryPoint) -> click.Command:
    try:
        command = entry.load()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("whence_"):
            raise
        return _not_installed(entry, error.name)
    assert isinstance(command, click.Command)  # noqa: S101 our own table of entry points
    return command


def _not_installed(entry: EntryPoint, module: str) -> click.Command:
    extra = _EXTRAS.get(entry.module) or _EXTRAS.get(entry.module.partition(".")[0])
    wanted = f"{_DISTRIBUTION}[{extra}]" if extra else _DISTRIBUTION
    message = (
        f"'whence {entry.name}' needs the module {module}, which is not installed. "
        f"Install it with: {sys.executable} -m pip install '{wanted}'"
    )

    @click.command(
        entry.name,
        help=f"Needs {wanted}.",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    )
    def explain() -> None:
        raise click.ClickException(message)

    return explain


@click.group(cls=InstalledCommands)
@click.version_option(__version__)
def main() -> None:
    """Attribute Claude Code spend to git repositories."""
