#!/bin/sh
# Installs whence: a private environment, the "whence" command, the hook and telemetry in Claude Code.
# Needs a POSIX shell and either Python 3.11 or newer or uv.
set -eu

usage() {
    cat <<'END'
Usage: ./install.sh [--serve] [--system] [--endpoint URL] [--token TOKEN] [--wheels DIR] [--prefix DIR] [--uninstall]

  --serve          install the ledger and the classifier too, import past sessions, serve the ledger in the foreground
  --system         for every user of this machine, in Claude Code's managed settings (as root)
  --endpoint URL   send to this ledger, or any other OTLP/HTTP receiver (default: http://127.0.0.1:4318)
  --token TOKEN    its ingest token; better given in the environment as WHENCE_INGEST_TOKEN
  --wheels DIR     take every package from this folder of wheels, nothing from the network
  --prefix DIR     where the private environment goes (default: ~/.local/share/whence, with --system /opt/whence)
  --uninstall      remove all of it; a ledger and records that wait to be sent stay

Exit codes: 0 done; 1 not done, the reason is on standard error; 2 the command is wrong.
END
}

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

# True if $1 is a Python 3.11 or newer; with --system also one that every user may run.
is_suitable() {
    command -v "$1" >/dev/null 2>&1 && "$1" -I - "$system" >/dev/null 2>&1 <<'END'
import os, sys, venv
if sys.version_info < (3, 11):
    sys.exit(1)
place = os.path.realpath(sys.executable)
while sys.argv[1] == "yes" and place != os.path.dirname(place):
    if os.stat(place).st_mode & 0o005 != 0o005:
        sys.exit(1)
    place = os.path.dirname(place)
END
}

# Creates the environment in $1 with the best Python there is.
create_environment() {
    for python in python3.14 python3.13 python3.12 python3.11 python3 python \
        /usr/local/bin/python3 /opt/homebrew/bin/python3 /usr/bin/python3; do
        is_suitable "$python" || continue
        if "$python" -I -c 'import ensurepip' >/dev/null 2>&1; then
            "$python" -I -m venv "$1"
            return
        fi
        # Debian keeps pip apart from Python; a folder of wheels may bring its own.
        for pip in "$wheels"/pip-*.whl; do
            if [ -e "$pip" ]; then
                "$python" -I -m venv --without-pip "$1"
                "$1/bin/python" "$pip/pip" install --quiet --no-index --find-links "$wheels" pip
                return
            fi
        done
    done
    if command -v uv >/dev/null 2>&1; then
        if [ "$system" = yes ]; then
            UV_PYTHON_INSTALL_DIR="$prefix/python" && export UV_PYTHON_INSTALL_DIR
            uv venv --quiet --seed --managed-python --python '>=3.11' "$1"
        else
            uv venv --quiet --seed --python '>=3.11' "$1"
        fi
        return
    fi
    fail 'needs Python 3.11 or newer with its venv module, or uv. Debian, Ubuntu: apt install python3-venv;
macOS: brew install python; anywhere: https://docs.astral.sh/uv/getting-started/installation/'
}

# Prints what to install: a wheel in the folder of wheels, the clone that this script lies in, or a wheel beside it.
find_package() {
    for package in "$wheels"/whence_spend-*.whl "$source/pyproject.toml" "$source"/whence_spend-*.whl; do
        case "$package" in
            /whence_spend-*) continue ;;
        esac
        if [ -e "$package" ]; then
            printf '%s\n' "${package%/pyproject.toml}"
            return
        fi
    done
    fail 'finds neither a clone nor a wheel of whence beside it.'
}

# Moves the name $2 on to $1 in one step, so that a hook that is started meanwhile finds the one or the other.
point() {
    if [ -d "$2" ] && [ ! -L "$2" ]; then
        mv "$2" "$environments/before-links"
    fi
    rm -f "$2.new"
    ln -s "$1" "$2.new"
    "$1/bin/python" -I -c 'import os, sys; os.replace(sys.argv[1], sys.argv[2])' "$2.new" "$2"
}

install_whence() {
    package="$(find_package)"
    extras=''
    if [ "$serve" = yes ] || { [ -x "$environment/bin/python" ] &&
        "$environment/bin/python" -I -c 'import duckdb' >/dev/null 2>&1; }; then
        # An upgrade keeps what was there.
        extras='[ledger,classifier,import]'
    fi
    mkdir -p "$environments" "$bin"
    previous="$(readlink "$environment" 2>/dev/null || true)"
    # What an interrupted run has left, and what was there before the last upgrade.
    for old in "$environments"/*; do
        [ "$old" = "$previous" ] || [ -n "$(find "$old" -prune -mmin -60 2>/dev/null)" ] || rm -rf "$old"
    done
    new="$(mktemp -d "$environments/XXXXXXXX")"
    chmod 755 "$new"
    create_environment "$new"
    set -- --quiet --disable-pip-version-check
    [ -z "$wheels" ] || set -- "$@" --no-index --find-links "$wheels"
    [ ! -e "$source/constraints.txt" ] || set -- "$@" --constraint "$source/constraints.txt"
    "$new/bin/python" -I -m pip --isolated --version >/dev/null 2>&1 || fail "the Python in $new has no pip"
    "$new/bin/python" -m pip install "$@" "$package$extras"
    hook="$("$new/bin/python" -I -c 'import whence_hook; print(whence_hook.__path__[0])')/__main__.py"
    ln -s "${hook#"$new/"}" "$new/whence-hook.py"
    point "$new" "$environment"
    ln -sf "$environment/bin/whence" "$bin/whence"
}

uninstall_whence() {
    if [ -x "$environment/bin/whence" ]; then
        "$environment/bin/whence" uninstall ${for_all:+"$for_all"}
    fi
    if [ "$(readlink "$bin/whence" 2>/dev/null)" = "$environment/bin/whence" ]; then
        rm "$bin/whence"
    fi
    rm -rf "$environment" "$environment.new" "$environments" "$prefix/python"
    rmdir "$prefix" 2>/dev/null || true
    echo 'whence is removed.'
}

serve=no
system=no
for_all=''
uninstall=no
endpoint=''
wheels=''
prefix=''
while [ $# -gt 0 ]; do
    case "$1" in
        --serve) serve=yes ;;
        --system) system=yes && for_all=--system ;;
        --uninstall) uninstall=yes ;;
        --endpoint | --token | --prefix | --wheels)
            [ $# -ge 2 ] || fail "$1 needs a value" 2
            case "$1" in
                --endpoint) endpoint="$2" ;;
                --token) WHENCE_INGEST_TOKEN="$2" && export WHENCE_INGEST_TOKEN ;;
                --prefix) prefix="$2" ;;
                --wheels) wheels="$2" ;;
            esac
            shift
            ;;
        -h | --help) usage && exit 0 ;;
        *) usage >&2 && fail "$1 is not an option" 2 ;;
    esac
    shift
done

if [ "$system" = yes ]; then
    [ "$(id -u)" = 0 ] || fail '--system is for root: it changes the settings of every user.'
    # What is written is for everybody to read, whatever the management agent's own mask is.
    umask 022
    # An agent may start with less.
    PATH="${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    HOME="${HOME:-/root}"
    export PATH HOME
    bin=/usr/local/bin
    prefix="${prefix:-/opt/whence}"
else
    bin="$HOME/.local/bin"
    prefix="${prefix:-${XDG_DATA_HOME:-$HOME/.local/share}/whence}"
fi
source="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)"
if [ -n "$wheels" ]; then
    wheels="$(CDPATH='' cd -- "$wheels" && pwd)" || fail "$wheels is no folder" 2
fi
mkdir -p "$prefix"
prefix="$(CDPATH='' cd -- "$prefix" && pwd)"
# The name by which everything is found, and the environments that it has led to.
environment="$prefix/environment"
environments="$prefix/environments"

if [ "$uninstall" = yes ]; then
    uninstall_whence
    exit 0
fi

install_whence
"$environment/bin/whence" install ${for_all:+"$for_all"} ${endpoint:+--endpoint "$endpoint"}
case ":$PATH:" in
    *":$bin:"*) ;;
    *) printf 'The command is %s/whence. To call it "whence", add %s to PATH.\n' "$bin" "$bin" ;;
esac
if [ "$serve" = yes ]; then
    # As soon as the ledger answers.
    "$environment/bin/whence" import &
    exec "$environment/bin/whence" serve
fi
