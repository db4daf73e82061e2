#!/bin/sh
# Makes whence.tar.gz of this clone: install.sh and every package it needs, for machines that fetch nothing themselves.
# Prints its SHA-256, which deploy.sh wants. Needs Python 3.11 or newer with pip, and the package index.
#
# Usage: installer/mdm/bundle.sh DIR [OPTION OF PIP DOWNLOAD ...]
#   installer/mdm/bundle.sh dist
#   installer/mdm/bundle.sh dist --only-binary=:all: --platform macosx_11_0_arm64 --python-version 3.12
# Run for one platform after the other, the bundle holds all of them.
set -eu
if [ $# = 0 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
clone="$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)"
mkdir -p "$1"
dist="$(CDPATH='' cd -- "$1" && pwd)"
shift

content="$dist/whence"
mkdir -p "$content/wheels"
rm -f "$content"/wheels/whence-*.whl "$content"/wheels/whence_spend-*.whl
python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$content/wheels" "$clone"
python3 -m pip download --quiet --disable-pip-version-check --dest "$content/wheels" \
    --constraint "$clone/constraints.txt" "$@" "$content"/wheels/whence_spend-*.whl pip
cp "$clone/install.sh" "$clone/constraints.txt" "$clone/installer/mdm/audit.sh" "$content"
tar -C "$dist" -czf "$dist/whence.tar.gz" whence
if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$dist/whence.tar.gz"
else
    shasum -a 256 "$dist/whence.tar.gz"
fi
