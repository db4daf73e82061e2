"""Read repository names from a file: one per line, as remotes or as owner/name."""

import sys
from collections.abc import Iterable
from pathlib import Path

from whence_classifier.error import ClassifierError
from whence_classifier.judge import Observation
from whence_classifier.text import decode
from whence_contract.repository import LOCAL, local_repository, parse_remote


def read_names(path: str, host: str) -> list[Observation]:
    """Return the repositories in a file, or on standard input for ``-``. Ignore empty lines and ``#`` comments.

    ``host``: the host of names without one. Raises ``ClassifierError`` with the line number.
    """
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise ClassifierError(f"{path} cannot be read ({error.strerror}).") from error
    return _read(decode(content, path).splitlines(), path, host)


def _read(lines: Iterable[str], path: str, host: str) -> list[Observation]:
    found: dict[str, Observation] = {}
    for number, line in enumerate(lines, 1):
        name = line.partition("#")[0].strip()
        if not name:
            continue
        repository = parse_remote(name)
        if repository is None and name.startswith(f"{LOCAL}/"):
            repository = local_repository(name.removeprefix(f"{LOCAL}/"))
        if repository is None and name.count("/") == 1:
            repository = parse_remote(f"https://{host}/{name}")
        if repository is None and name.count("/") > 1:
            repository = parse_remote(f"https://{name}")
        if repository is None:
            raise ClassifierError(f"{path}, line {number}: this is not a repository. Write owner/name or a remote.")
        found.setdefault(repository.key, Observation(repository))
    return list(found.values())
