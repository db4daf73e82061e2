"""Take the documentation's screenshots of the demo with Chromium: ``.venv/bin/python docs/screenshots.py``."""

import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from builders.browser import chromium, new_page
from builders.command import WHENCE
from builders.ledger import free_port

HERE = Path(__file__).parent
VIEWS = {
    "overview": ("tab=overview", "light"),
    "cost": ("tab=cost", "light"),
    "usage": ("tab=usage", "dark"),
    "users": ("tab=users", "light"),
    "repositories": ("tab=repositories&range=7d", "light"),
    "drawer": ("tab=repositories&range=7d&drawer=unmanaged:dana.reyes@acme.example", "dark"),
}


def main() -> None:
    """Serve the demo, and take a screenshot of each view."""
    port = free_port()
    demo = subprocess.Popen([*WHENCE, "demo", "--port", str(port)], stdout=subprocess.PIPE, text=True)
    assert demo.stdout  # noqa: S101
    next(line for line in demo.stdout if line.startswith("Open http"))
    with chromium() as browser:
        for name, (view, scheme) in VIEWS.items():
            with new_page(browser, color_scheme=scheme) as page:
                page.goto(f"http://127.0.0.1:{port}/?{view}")
                page.wait_for_selector(".card")
                page.wait_for_timeout(3000)
                page.screenshot(path=HERE / f"{name}.png")
    demo.send_signal(signal.SIGINT)
    demo.wait(timeout=60)


if __name__ == "__main__":
    main()
