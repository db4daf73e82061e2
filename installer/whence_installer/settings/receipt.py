"""The receipt: a record of what an installation changed, so that uninstalling can undo exactly that."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from whence_contract.private_file import write_private
from whence_hook.machine.config import config_path


class Receipt(NamedTuple):
    """What an installation changed.

    ``settings``: path of the changed file. ``after``: SHA-256 of its content after our change. ``backup``: path of a
    copy from before the change; ``None`` if there was no file. ``variables``: the environment variables that we added,
    and ``DIFF`` if we set it.
    """

    settings: str
    after: str
    backup: str | None
    variables: dict[str, str]

    def original(self, current: bytes | None) -> tuple[bool, bytes | None]:
        """Return whether the file is unchanged since then, and if so its original content.

        The content is ``None`` if there was no file.
        """
        if current is None or digest(current) != self.after:
            return False, None
        if self.backup is None:
            return True, None
        try:
            return True, Path(self.backup).read_bytes()
        except OSError:
            return False, None


def digest(content: bytes) -> str:
    """Return the SHA-256 of ``content`` in hex."""
    return hashlib.sha256(content).hexdigest()


def receipt_path() -> Path:
    """Return the path of the receipt, beside the hook's configuration."""
    return config_path().with_name("receipt.json")


def load_receipt() -> Receipt | None:
    """Return the receipt of the last installation; ``None`` if it is missing or unreadable."""
    try:
        return Receipt(**json.loads(receipt_path().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def save_receipt(receipt: Receipt) -> None:
    """Write the receipt. Raises ``OSError``."""
    write_private(receipt_path(), json.dumps(receipt._asdict(), indent=2) + "\n")
