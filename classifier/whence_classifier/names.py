"""Names from anywhere: one repository a line, as remotes or as people write them."""

import sys
from collections.abc import Iterable
from pathlib import Path

from whence_classifier.error import ClassifierError
from whence_classifier.judge import Observation
from whence_classifier.text import decode
from whence_contract.repository import LOCAL, local_repository, parse_remote


def read_names(path: str, host: str) -> list[Observation]:
    """The repositories that a file, or standard input for ``-``, names; empty lines and those after ``#`` do not count.

    A name without host is one of ``host``. Raises ``ClassifierError``, which names the line.
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
            raise ClassifierError(f"{path}, line {number}: this names no repository. Write owner/name or a remote.")
        found.setdefault(repository.key, Observation(repository))
    return list(found.values())
