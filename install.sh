#!/bin/sh
# Installs whence for this user: a private environment, the "whence" command, the hook and telemetry in Claude Code.
# Needs a POSIX shell and either Python 3.11 or newer or uv.
set -eu

usage() {
    cat <<'END'
Usage: ./install.sh [--serve] [--endpoint URL] [--token TOKEN] [--prefix DIR] [--uninstall]

  --serve          install the ledger and the classifier too, and serve the ledger in the foreground
  --endpoint URL   send to this ledger, or any other OTLP/HTTP receiver (default: http://127.0.0.1:4318)
  --token TOKEN    its ingest token; better given in the environment as WHENCE_INGEST_TOKEN
  --prefix DIR     where the private environment goes (default: ~/.local/share/whence)
  --uninstall      remove all of it; a ledger and records that wait to be sent stay
END
}

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit 1
}

# Creates the environment in $1 with the best Python there is.
create_environment() {
    for python in python3.14 python3.13 python3.12 python3.11 python3 python; do
        if command -v "$python" >/dev/null 2>&1 &&
            "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            "$python" -m venv --clear "$1"
            return
        fi
    done
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --seed --clear --python '>=3.11' "$1"
        return
    fi
    fail 'needs Python 3.11 or newer with its venv module, or uv. Debian, Ubuntu: apt install python3-venv;
macOS: brew install python; anywhere: https://docs.astral.sh/uv/getting-started/installation/'
}

# True if the environment in $1 works.
is_usable() {
    "$1/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

install_whence() {
    extras=''
    if [ "$serve" = yes ]; then
        extras='[ledger,classifier]'
    elif "$environment/bin/python" -c 'import duckdb' >/dev/null 2>&1; then
        # An upgrade keeps what was there.
        extras='[ledger,classifier]'
    fi
    is_usable "$environment" || create_environment "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
        --constraint "$source/constraints.txt" --upgrade "$source$extras"
    mkdir -p "$bin"
    ln -sf "$environment/bin/whence" "$bin/whence"
}

uninstall_whence() {
    if [ -x "$environment/bin/whence" ]; then
        "$environment/bin/whence" uninstall
    fi
    if [ "$(readlink "$bin/whence" 2>/dev/null)" = "$environment/bin/whence" ]; then
        rm "$bin/whence"
    fi
    rm -rf "$environment"
    rmdir "$prefix" 2>/dev/null || true
    echo 'whence is removed.'
}

serve=no
uninstall=no
endpoint=''
prefix="${XDG_DATA_HOME:-$HOME/.local/share}/whence"
while [ $# -gt 0 ]; do
    case "$1" in
        --serve) serve=yes ;;
        --uninstall) uninstall=yes ;;
        --endpoint | --token | --prefix)
            [ $# -ge 2 ] || fail "$1 needs a value"
            case "$1" in
                --endpoint) endpoint="$2" ;;
                --token) WHENCE_INGEST_TOKEN="$2" && export WHENCE_INGEST_TOKEN ;;
                --prefix) prefix="$2" ;;
            esac
            shift
            ;;
        -h | --help) usage && exit 0 ;;
        *) usage >&2 && fail "$1 is not an option" ;;
    esac
    shift
done

source="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)"
mkdir -p "$prefix"
prefix="$(CDPATH='' cd -- "$prefix" && pwd)"
environment="$prefix/environment"
bin="$HOME/.local/bin"

if [ "$uninstall" = yes ]; then
    uninstall_whence
    exit 0
fi

install_whence
if [ -n "$endpoint" ]; then
    "$environment/bin/whence" install --endpoint "$endpoint"
else
    "$environment/bin/whence" install
fi
case ":$PATH:" in
    *":$bin:"*) ;;
    *) printf 'The command is %s/whence. To call it "whence", add %s to PATH.\n' "$bin" "$bin" ;;
esac
if [ "$serve" = yes ]; then
    exec "$environment/bin/whence" serve
fi
