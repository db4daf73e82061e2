"""The receipt: what an installation changed, so that uninstalling can undo exactly that."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from whence_contract.private_file import write_private
from whence_hook.machine.config import config_path


class Receipt(NamedTuple):
    """``settings``: the file that was changed. ``after``: SHA-256 of it as we left it. ``backup``: its content
    before, beside it; ``None`` if there was no file. ``variables``: the environment that we added, and
    ``DIFF`` where we set that."""

    settings: str
    after: str
    backup: str | None
    variables: dict[str, str]

    def original(self, current: bytes | None) -> tuple[bool, bytes | None]:
        """Whether nobody changed the file since, and if so what it was before (``None``: there was none)."""
        if current is None or digest(current) != self.after:
            return False, None
        if self.backup is None:
            return True, None
        try:
            return True, Path(self.backup).read_bytes()
        except OSError:
            return False, None


def digest(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def receipt_path() -> Path:
    """Beside the hook's configuration."""
    return config_path().with_name("receipt.json")


def load_receipt() -> Receipt | None:
    """The receipt of the last installation, or ``None``."""
    try:
        return Receipt(**json.loads(receipt_path().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def save_receipt(receipt: Receipt) -> None:
    """Write the receipt."""
    write_private(receipt_path(), json.dumps(receipt._asdict(), indent=2) + "\n")
