"""Copy a text to the viewer's clipboard."""

import json

from nicegui import ui


def copy_text(text: str, said: str = "Copied") -> None:
    """Put a text into the clipboard, and say so; if the browser does not allow it, show the text."""
    ui.run_javascript(f"whenceCopy({json.dumps(text)}, {json.dumps(said)})")
