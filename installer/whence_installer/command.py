"""The ``whence`` command. Each part of whence registers its own commands under ``whence.commands``."""

from importlib.metadata import EntryPoint, entry_points

import click

GROUP = "whence.commands"


class InstalledCommands(click.Group):
    """Commands found by their entry points and imported only when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all registered commands."""
        return sorted(entry_points(group=GROUP).names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; ``None`` if there is none of that name."""
        found = [entry for entry in entry_points(group=GROUP) if entry.name == cmd_name]
        return _load(found[0]) if found else None


def _load(entry: EntryPoint) -> click.Command:
    try:
        command = entry.load()
    except ModuleNotFoundError as error:
        part = entry.module.partition(".")[0].removeprefix("whence_")
        if error.name is None or error.name.startswith("whence_"):
            raise
        return _not_installed(entry.name, part, error.name)
    assert isinstance(command, click.Command)  # noqa: S101 our own table of entry points
    return command


def _not_installed(name: str, part: str, module: str) -> click.Command:
    message = f"'whence {name}' needs the module {module}, which is not installed: pip install 'whence[{part}]'"

    @click.command(
        name,
        help=f"Needs whence[{part}].",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    )
    def explain() -> None:
        raise click.ClickException(message)

    return explain


@click.group(cls=InstalledCommands)
@click.version_option(package_name="whence")
def main() -> None:
    """Where did our Claude Code spend go?"""
