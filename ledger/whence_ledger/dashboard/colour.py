"""Assign colours: a model or repository keeps its colour in every time range and widget."""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

LABELS = {"Managed": "#0072B2", "Unmanaged": "#D55E00", "Unknown": "#6B7280"}
OTHERS = "#B9BEC7"
"""For everything that a chart does not show by name."""
MEASURES = ("#1F8A8C", "#D9A441", "#8E6FB5", "#7F8FA3")
"""For charts of measures."""
PALETTE = (
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#B32035",
    "#9C9E51",
    "#886DE9",
    "#62C37A",
    "#7C4F86",
    "#8C6239",
)
"""For models and repositories. The colours are distinguishable to colour-blind viewers, also from the labels' colours;
the first four are Okabe and Ito's: https://jfly.uni-koeln.de/color/"""
_SHADE, _PALEST = 0.2, 0.65
_STRIPE = "rgba(255,255,255,.8)"
_PATTERNS = (
    "",
    f"repeating-linear-gradient(45deg, {_STRIPE} 0 2px, transparent 2px 5px), ",
    f"repeating-linear-gradient(-45deg, {_STRIPE} 0 2px, transparent 2px 5px), ",
    f"repeating-linear-gradient(0deg, {_STRIPE} 0 2px, transparent 2px 5px), ",
    f"radial-gradient({_STRIPE} 1.3px, transparent 1.8px) 0 0 / 5px 5px, ",
)
PATTERNS = len(_PATTERNS)


class Mark(NamedTuple):
    """How a chart draws a name. ``pattern``: 0 for a plain colour, up to ``PATTERNS`` - 1."""

    colour: str
    pattern: int = 0

    @property
    def css(self) -> str:
        """Return a CSS background."""
        return _PATTERNS[self.pattern] + self.colour


def assign(names: Iterable[str]) -> dict[str, str]:
    """Assign a palette colour to each name. ``names``: in the order in which the ledger first saw them.

    A name gets the colour that its hash selects, or the next of the least used ones. So the first ten names all differ,
    a new name changes no earlier one, and removing a name changes only the names that its colour had displaced.
    """
    colours: dict[str, str] = {}
    uses = [0] * len(PALETTE)
    for name in names:
        if name not in colours:
            wanted, least = _wanted(name), min(uses)
            slots = ((wanted + step) % len(PALETTE) for step in range(len(PALETTE)))
            slot = next(one for one in slots if uses[one] == least)
            uses[slot] += 1
            colours[name] = PALETTE[slot]
    return colours


def marks(names: Sequence[str], colours: Mapping[str, str], fixed: Mapping[str, str]) -> dict[str, Mark]:
    """Return how a chart draws these names. If two share a colour, the later one in ``colours`` (see ``assign``) also
    gets a pattern. ``fixed``: colours of special names, such as Unknown."""
    place = {name: number for number, name in enumerate(colours)}
    seen: Counter[str] = Counter()
    found: dict[str, Mark] = {}
    for name in sorted(names, key=lambda name: (place.get(name, len(place)), name)):
        colour = fixed.get(name) or colours.get(name) or PALETTE[_wanted(name)]
        found[name] = Mark(colour, seen[colour] % PATTERNS)
        seen[colour] += 1
    return found


def shades(labels: Sequence[str | None]) -> list[Mark]:
    """Return one mark for each repository of a bar: coloured by label, and the paler the later in its label.
    ``labels``: the repositories' labels, in the order of the bar."""
    number = Counter(labels)
    seen: Counter[str | None] = Counter()
    found = []
    for label in labels:
        step = min(_SHADE, _PALEST / max(1, number[label] - 1))
        found.append(Mark(_paler(LABELS.get(label or "", LABELS["Unknown"]), step * seen[label])))
        seen[label] += 1
    return found


def _paler(colour: str, part: float) -> str:
    """Mix a colour with white. ``part``: of white, from 0 to 1."""
    values = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(value + (255 - value) * part):02X}" for value in values)


def _wanted(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % len(PALETTE)
