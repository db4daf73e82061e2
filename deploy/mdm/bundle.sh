#!/bin/sh
# Builds whence.tar.gz from this clone: install.sh and every package it needs, for machines without a package index.
# Prints its SHA-256, which deploy.sh needs. Requires Python 3.11 or newer with pip, and the package index.
#
# Usage: deploy/mdm/bundle.sh DIR [--python ARCHIVE] [OPTION OF PIP DOWNLOAD ...]
#   deploy/mdm/bundle.sh dist
#   deploy/mdm/bundle.sh dist --only-binary=:all: --platform macosx_11_0_arm64 --python-version 3.12
# The first contains only pure Python packages, and fits every system and every Python that whence supports. The second adds
# the compiled packages of one platform, which pip prefers there.
#
# --python adds a relocatable Python, for machines that have none: an "install_only" .tar.gz of python-build-standalone for
# their system, which you have downloaded and checked. install.sh then uses it, and the bundle fits only that system.
#
# The same clone, options and Python produce the same bundle, byte for byte. Every package is checked against its hash in
# requirements/. SOURCE_DATE_EPOCH sets the time of the files in it (default: 2020-02-02).
set -eu
if [ $# = 0 ]; then
    sed -n '2,16s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
clone="$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)"
mkdir -p "$1"
dist="$(CDPATH='' cd -- "$1" && pwd)"
shift
python=''
if [ "${1-}" = --python ]; then
    python="${2:?--python needs an archive}"
    [ -f "$python" ] || { printf 'bundle.sh: %s is not a file\n' "$python" >&2 && exit 2; }
    shift 2
fi
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1580601600}"
PIP_ROOT_USER_ACTION=ignore
export SOURCE_DATE_EPOCH PIP_ROOT_USER_ACTION
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
trap 'exit 1' HUP INT TERM

run_pip() {
    command="$1"
    shift
    python3 -I -m pip "$command" --quiet --disable-pip-version-check "$@"
}

case " $* " in
    *' --platform'* | *' --python-version'* | *' --implementation'* | *' --abi'* | *' --only-binary'* | *' --no-binary'*) ;;
    *) set -- --only-binary=:all: --platform any --implementation py --abi none --python-version 3.11 "$@" ;;
esac
content="$dist/whence"
wheels="$content/wheels"
mkdir -p "$wheels" "$content/installer" "$content/requirements"
rm -f "$wheels"/whence*.whl "$content/python.tar.gz"
[ -z "$python" ] || cp "$python" "$content/python.tar.gz"
run_pip install --target "$build" --no-deps --require-hashes --requirement "$clone/requirements/build.txt"
PYTHONPATH="$build" python3 -I -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --wheel-dir "$wheels" "$clone"
run_pip download --dest "$wheels" --no-deps --require-hashes \
    --requirement "$clone/requirements/laptop.txt" --requirement "$clone/requirements/pip.txt" "$@"
cp "$clone/install.sh" "$clone/install.ps1" "$clone/deploy/mdm/audit.sh" "$clone/deploy/mdm/detect.ps1" "$content"
cp "$clone/installer/windows.py" "$content/installer"
cp "$clone/requirements/fit.py" "$clone/requirements/laptop.txt" "$clone/requirements/pip.txt" "$content/requirements"
python3 -I - "$dist" <<'END'
import gzip, os, sys, tarfile

def neutral(member):
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = int(os.environ["SOURCE_DATE_EPOCH"])
    member.mode = 0o755 if member.isdir() or member.name.endswith(".sh") else 0o644
    return member

os.chdir(sys.argv[1])
with open("whence.tar.gz", "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        # Adds members in the order of their names.
        archive.add("whence", filter=neutral)
END
if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$dist/whence.tar.gz"
else
    shasum -a 256 "$dist/whence.tar.gz"
fi
