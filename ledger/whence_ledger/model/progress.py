"""Progress of a long operation, for the terminal and the page."""

import time
from dataclasses import dataclass, field


@dataclass
class Progress:
    """``done`` of ``total`` steps are done. ``begun``: the start, by the monotonic clock."""

    total: int
    done: int = 0
    begun: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest will take at the speed so far; ``None`` before the first step is done."""
        if not self.done:
            return None
        return (time.monotonic() - self.begun) / self.done * (self.total - self.done)

    @property
    def is_over(self) -> bool:
        """Return whether all steps are done."""
        return self.done >= self.total
