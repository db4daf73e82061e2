"""Receipts: what an installation changed in each settings file, so that uninstalling can undo exactly that."""

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


def load_receipts() -> dict[Path, Receipt]:
    """Return the receipts of all settings files that were changed, each by its own path.

    A user has one for every account (``CLAUDE_CONFIG_DIR``). Files that cannot be read are left out.
    """
    found = {path: _load(path) for path in receipt_paths()}
    return {path: receipt for path, receipt in found.items() if receipt}


def load_receipt(settings: Path) -> Receipt | None:
    """Return the receipt of the last installation in ``settings``; ``None`` if it is missing or unreadable."""
    return next((receipt for receipt in load_receipts().values() if receipt.settings == str(settings)), None)


def receipt_paths() -> list[Path]:
    """Return the paths of all receipts, also of those that cannot be read."""
    return sorted(config_path().parent.glob("receipt*.json"))


def receipt_path(settings: Path) -> Path:
    """Return the path of the receipt for ``settings``, beside the hook's configuration.

    The first is ``receipt.json``, the only one that 0.1.0 knows.
    """
    receipts = load_receipts()
    known = next((path for path, receipt in receipts.items() if receipt.settings == str(settings)), None)
    first = config_path().with_name("receipt.json")
    other = first.with_name(f"receipt-{digest(str(settings).encode())[:16]}.json")
    return known or (other if first in receipts else first)


def save_receipt(receipt: Receipt) -> None:
    """Write the receipt. Raises ``OSError``."""
    write_private(receipt_path(Path(receipt.settings)), json.dumps(receipt._asdict(), indent=2) + "\n")


def _load(path: Path) -> Receipt | None:
    try:
        return Receipt(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
