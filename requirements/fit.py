"""Print one line with the packages that a bundle lacks: ``python fit.py WHEELS PINS``.

Prints nothing if the folder WHEELS has a distribution of each package pinned in the file PINS that fits this Python.
``install.sh`` and ``install.ps1`` run it first, with the new environment's Python, because pip's own error is a page
long. It needs pip.
"""

import os
import platform
import sys

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.tags import sys_tags
from pip._vendor.packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

ours = frozenset(sys_tags())
fit = set()
for file in os.listdir(sys.argv[1]):
    if file.endswith(".whl"):
        name, version, _, tags = parse_wheel_filename(file)
        if ours & tags:
            fit.add((name, str(version)))
    elif file.endswith((".tar.gz", ".zip")):
        name, version = parse_sdist_filename(file)
        fit.add((name, str(version)))
missing = []
with open(sys.argv[2], encoding="utf-8") as pins:
    for line in pins:
        if line[:1].isalnum():
            pin = Requirement(line.rstrip("\\\n "))
            version = next(iter(pin.specifier)).version
            needed = pin.marker is None or pin.marker.evaluate({"extra": ""})
            if needed and (canonicalize_name(pin.name), version) not in fit:
                missing.append(f"{pin.name} {version}")
if missing:
    python = f"Python {sys.version_info[0]}.{sys.version_info[1]} on {platform.system()} {platform.machine()}"
    print(f"{python}: it has no fitting wheel of {', '.join(missing)}")
