"""Names from anywhere: one repository a line, as remotes or as people write them."""

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

from whence_classifier.error import ClassifierError
from whence_classifier.judge import Observation
from whence_contract.repository import GITHUB_HOST, LOCAL, local_repository, parse_remote


def read_names(path: str, github_url: str) -> list[Observation]:
    """The repositories that a file, or standard input for ``-``, names; empty lines and those after ``#`` do not count.

    A name without host is one of ``github_url``. Raises ``ClassifierError``, which names the line.
    """
    try:
        with nullcontext(sys.stdin) if path == "-" else Path(path).open(encoding="utf-8") as lines:
            return _read(lines, path, github_url)
    except OSError as error:
        raise ClassifierError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ClassifierError(f"{path} is no text in UTF-8.") from error


def _read(lines: Iterable[str], path: str, github_url: str) -> list[Observation]:
    host = (urlsplit(github_url if "://" in github_url else f"https://{github_url}").hostname or GITHUB_HOST).lower()
    found: dict[str, Observation] = {}
    for number, line in enumerate(lines, 1):
        name = line.partition("#")[0].strip()
        if not name:
            continue
        repository = parse_remote(name)
        if repository is None and name.startswith(f"{LOCAL}/"):
            repository = local_repository(name.removeprefix(f"{LOCAL}/"))
        if repository is None and name.count("/") == 1:
            repository = parse_remote(f"https://{host.removeprefix('www.')}/{name}")
        if repository is None and name.count("/") > 1:
            repository = parse_remote(f"https://{name}")
        if repository is None:
            raise ClassifierError(f"{path}, line {number}: this names no repository. Write owner/name or a remote.")
        found.setdefault(repository.key, Observation(repository))
    return list(found.values())
