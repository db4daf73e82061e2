#!/bin/sh
# Installs whence: a private environment, the "whence" command, and the hook and telemetry in Claude Code's settings.
# Needs a POSIX shell and one of these: Python 3.11 to 3.14, uv, or an archive with a relocatable Python (--python).
set -eu

usage() {
    cat <<'END'
Usage: ./install.sh [--serve] [--system] [--endpoint URL] [--token TOKEN] [--wheels DIR] [--python ARCHIVE]
                    [--prefix DIR] [--uninstall]

  --serve          also install the ledger and the classifier, import past sessions, and run the ledger in the
                   foreground (at --endpoint, if that is an address of this machine)
  --system         install for every user, in Claude Code's managed settings (requires root)
  --endpoint URL   send to this ledger, or any other OTLP/HTTP receiver (default: http://127.0.0.1:4318)
  --token TOKEN    the ingest token; prefer the environment variable WHENCE_INGEST_TOKEN
  --wheels DIR     install every package from this folder of wheels, without the network
  --python ARCHIVE use the relocatable Python in this .tar.gz instead of one on this machine (default: python.tar.gz
                   beside this script)
  --prefix DIR     folder of the private environment (default: ~/.local/share/whence, with --system /opt/whence)
  --uninstall      remove whence; keep a ledger and unsent records

Exit codes: 0 success; 1 failure, with the reason on standard error; 2 wrong usage.
END
}

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

# Checks that only root can change a file -----------------------------------------------------------------------------

# True if root owns $1 and every folder above it, through every link, and neither group nor others can write to them.
is_trusted() (
    place="$1"
    links=0
    while [ "$links" -lt 40 ]; do
        [ -n "$(find "$place" -prune -user 0 \( -type l -o ! -perm -0020 ! -perm -0002 \) 2>/dev/null)" ] || return 1
        [ "$place" != / ] || return 0
        folder="$(dirname -- "$place")"
        if [ -L "$place" ]; then
            links=$((links + 1))
            is_trusted "$folder" || return 1
            place="$(follow "$place")"
        else
            place="$folder"
        fi
    done
    return 1
)

# Prints the target of the link $1.
follow() {
    leads="$(readlink "$1")"
    case "$leads" in
        /*) printf '%s\n' "$leads" ;;
        *) printf '%s/%s\n' "$(dirname -- "$1")" "$leads" ;;
    esac
}

# True if the file or folder $1 and everything in it is trusted, except packages that others have installed there.
is_tree_trusted() {
    is_trusted "$1" || return 1
    # shellcheck disable=SC2185 # the folder comes first
    [ -z "$(find -H "$1" \( -name site-packages -o -name dist-packages \) -prune -o \
        ! -type l \( ! -user 0 -o -perm -0020 -o -perm -0002 \) -print 2>&1 | head -n 1)" ] || return 1
    find -H "$1" \( -name site-packages -o -name dist-packages \) -prune -o -type l -print |
        while IFS= read -r link; do
            [ ! -e "$link" ] || is_trusted "$link" || exit 1
        done
}

# True if root can safely run the Python $1: nobody else can change the interpreter, its prefix or its standard library.
# Python itself cannot check this, because it would first run its standard library.
is_python_trusted() (
    is_trusted "$1" || return 1
    place="$1"
    while [ -L "$place" ]; do
        place="$(follow "$place")"
    done
    folder="$(CDPATH='' cd -P -- "$(dirname -- "$place")" && pwd -P)"
    base="$(dirname -- "$folder")"
    # A virtual environment's standard library is elsewhere.
    [ ! -e "$base/pyvenv.cfg" ] && [ ! -e "$folder/pyvenv.cfg" ] || return 1
    library=no
    for place in "$base"/lib/python3.* "$base"/lib64/python3.* "$base"/lib*/libpython* "$base/Python"; do
        [ -e "$place" ] || continue
        is_tree_trusted "$place" || return 1
        [ ! -e "$place/os.py" ] || library=yes
    done
    [ "$library" = yes ]
)

# The environment -----------------------------------------------------------------------------------------------------

# True if $1 is a Python that the pinned packages support; with --system, every user must also be able to run it, and
# only root to change it.
is_suitable() {
    [ -x "$1" ] || return 1
    [ "$system" = no ] || is_python_trusted "$1" || return 1
    "$1" -I -S - "$system" >/dev/null 2>&1 <<'END'
import os, sys, venv
if not (3, 11) <= sys.version_info < (3, 15):
    sys.exit(1)
place = os.path.realpath(sys.executable)
while sys.argv[1] == "yes" and place != os.path.dirname(place):
    if os.stat(place).st_mode & 0o005 != 0o005:
        sys.exit(1)
    place = os.path.dirname(place)
END
}

# Unpacks the Python in $archive, an "install_only" archive of python-build-standalone, into $1/python.
unpack_python() {
    tar -xzf "$archive" -C "$1" --no-same-owner --no-same-permissions 2>/dev/null || fail "$archive is not a .tar.gz archive."
    chmod -R go-w "$1/python" 2>/dev/null || true
    is_suitable "$1/python/bin/python3" ||
        fail "the Python in $archive does not run here ($(uname -sm)), is not one of 3.11 to 3.14, or is not at
python/bin/python3. Use an install_only archive of python-build-standalone for this system."
}

# Prints every candidate Python, best first; only the archive's, if there is an archive.
list_pythons() {
    if [ -n "$archive" ]; then
        printf '%s\n' "$new/python/bin/python3"
        return
    fi
    for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
        [ "$system" = yes ] || command -v "$name" || true
        for folder in $folders; do
            [ ! -x "$folder/$name" ] || printf '%s\n' "$folder/$name"
        done
    done
}

# Prints the path of uv; with --system, only if nobody but root can change it.
find_uv() {
    if [ "$system" = no ]; then
        command -v uv && return
    fi
    for folder in $folders; do
        if [ -x "$folder/uv" ] && { [ "$system" = no ] || is_trusted "$folder/uv"; }; then
            printf '%s\n' "$folder/uv"
            return
        fi
    done
}

say_python() {
    printf 'Step 1 of 4: a private environment in %s, with %s\n' "$environment" "$1"
}

# Creates the environment $1, with pip, using the best Python.
create_environment() {
    [ -z "$archive" ] || unpack_python "$1"
    bare=''
    # Debian packages pip separately; a folder of wheels may include it, and that one is quicker than the one of ensurepip.
    pip=''
    for wheel in "$wheels"/pip-*.whl; do
        [ ! -e "$wheel" ] || pip="$wheel"
    done
    while IFS= read -r python; do
        is_suitable "$python" </dev/null || continue
        bare="${bare:-$python}"
        if [ -n "$pip" ]; then
            say_python "$python"
            "$python" -I -S -m venv --without-pip "$1" </dev/null
            "$1/bin/python" -I "$pip/pip" install --quiet --no-index --find-links "$wheels" \
                --no-deps --require-hashes --requirement "$source/requirements/pip.txt" </dev/null
            return
        fi
        if "$python" -I -S -c 'import ensurepip' >/dev/null 2>&1 </dev/null; then
            say_python "$python"
            "$python" -I -S -m venv "$1" </dev/null
            return
        fi
    done <<END
$(list_pythons)
END
    uv="$(find_uv)"
    [ -n "$uv" ] || fail 'needs Python 3.11 to 3.14 with its venv module, or uv. Debian, Ubuntu: apt install python3-venv;
macOS: brew install python@3.13; anywhere: https://docs.astral.sh/uv/getting-started/installation/, or an archive with a
relocatable Python: --python ARCHIVE'
    set -- "$1" --quiet --allow-existing
    if [ -n "$bare" ]; then
        say_python "$bare and uv"
        "$uv" venv "$@" --python "$bare"
    elif [ "$system" = yes ]; then
        say_python 'a Python that uv downloads'
        own "$prefix/python"
        UV_PYTHON_INSTALL_DIR="$prefix/python" "$uv" venv "$@" --managed-python --python '>=3.11,<3.15'
    else
        say_python 'a Python that uv finds or downloads'
        "$uv" venv "$@" --python-preference system --python '>=3.11,<3.15'
    fi
    python="$1/bin/python"
    set -- --quiet --python "$python" --no-deps --require-hashes --requirement "$source/requirements/pip.txt"
    [ -z "$wheels" ] || set -- "$@" --no-index --find-links "$wheels"
    "$uv" pip install "$@"
}

# Prints what to install: a wheel in the folder of wheels, the clone that contains this script, or a wheel beside it.
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
    fail 'found neither a clone nor a wheel of whence beside this script.'
}

# Runs the new environment's pip.
run_pip() {
    "$new/bin/python" -I -m pip "$@"
}

# Fails unless the folder of wheels has, for each package pinned in the file $1, a wheel that fits this Python.
check_wheels() {
    "$new/bin/python" -I "$source/requirements/fit.py" "$wheels" "$1" >"$new/unfit" 2>/dev/null || : >"$new/unfit"
    [ ! -s "$new/unfit" ] || fail "the bundle does not fit $(cat "$new/unfit"). Make one that does: deploy/mdm/bundle.sh DIR"
    rm "$new/unfit"
}

# Installs the packages pinned in requirements/$1.txt, checking hashes, then the project itself, which has no hash.
install_packages() {
    set -- "$1" --quiet --disable-pip-version-check
    [ -z "$wheels" ] || set -- "$@" --no-index --find-links "$wheels"
    pinned="$source/requirements/$1.txt"
    shift
    run_pip --isolated --version >/dev/null 2>&1 || fail "the Python in $new has no pip."
    [ -z "$wheels" ] || check_wheels "$pinned"
    printf 'Step 2 of 4: %s packages, each checked against its hash\n' "$(grep -c '^[a-z]' "$pinned")"
    run_pip install "$@" --no-deps --require-hashes --requirement "$pinned"
    printf 'Step 3 of 4: whence itself, from %s\n' "$package"
    case "$package" in
        *.whl) run_pip install "$@" --no-deps "$package" ;;
        *)
            run_pip install "$@" --no-deps --require-hashes --requirement "$source/requirements/build.txt" --target "$new/build"
            PYTHONPATH="$new/build" "$new/bin/python" -I -m pip install "$@" --no-deps --no-build-isolation "$package"
            rm -rf "$new/build"
            ;;
    esac
}

# Ownership ----------------------------------------------------------------------------------------------------------

# True if the folder $1 is an installation of whence.
is_installation() {
    [ -f "$1/whence-hook.py" ] || [ -f "$1/bin/whence" ]
}

# Creates the folder $1 with a marker file in it. Only marked folders are ever deleted.
own() {
    mkdir -p "$1"
    : >"$1/.whence"
}

# True if the folder $1 is marked, or does not exist.
is_ours() {
    [ ! -L "$1" ] && { [ ! -e "$1" ] || [ -f "$1/.whence" ]; }
}

# Marks the folders of an installation from before there were markers.
adopt() {
    if [ -L "$environment" ] && is_installation "$environment" && [ ! -L "$environments" ]; then
        case "$(readlink "$environment")" in
            "$environments"/*)
                : >"$environments/.whence"
                for old in "$environments"/*; do
                    [ -L "$old" ] || ! is_installation "$old" || : >"$old/.whence"
                done
                [ ! -d "$prefix/python" ] || [ -L "$prefix/python" ] || : >"$prefix/python/.whence"
                ;;
        esac
    fi
}

# Fails if something that this script would replace or delete is not ours.
check_ours() {
    for folder in "$environments" "$prefix/python"; do
        is_ours "$folder" || fail "$folder is not whence's: it has no file .whence. Nothing was changed.
Choose another --prefix, or move it away."
    done
    if [ -L "$environment" ]; then
        case "$(readlink "$environment")" in
            "$environments"/*) ;;
            *) fail "$environment is not whence's. Nothing was changed. Choose another --prefix, or move it away." ;;
        esac
    elif [ -e "$environment" ] && ! is_installation "$environment"; then
        fail "$environment is not whence's. Nothing was changed. Choose another --prefix, or move it away."
    fi
    if [ "$system" = yes ] && ! is_trusted "$prefix"; then
        fail "users other than root can change $prefix or a folder above it. Nothing was changed.
Choose another --prefix, or: chown root and chmod go-w."
    fi
}

# Removes the environment $1, if it is ours.
remove_environment() {
    if [ -f "$1/.whence" ] && [ ! -L "$1" ]; then
        rm -rf "$1"
    else
        # An environment that was interrupted before it was marked is empty.
        rmdir "$1" 2>/dev/null || true
    fi
}

# Atomically points the link $2 to $1, so that a hook that starts meanwhile finds either environment.
point() {
    if [ -d "$2" ] && [ ! -L "$2" ]; then
        : >"$2/.whence"
        mv "$2" "$environments/before-links"
    fi
    rm -f "$2.new"
    ln -s "$1" "$2.new"
    "$1/bin/python" -I -c 'import os, sys; os.replace(sys.argv[1], sys.argv[2])' "$2.new" "$2"
}

# Installing ---------------------------------------------------------------------------------------------------------

# Restores the state before this run.
undo() {
    if [ -n "$previous" ]; then
        [ "$(readlink "$environment")" = "$previous" ] || point "$previous" "$environment"
    else
        [ ! -L "$environment" ] || rm "$environment"
        [ "$had_folder" = no ] || [ -e "$environment" ] || mv "$environments/before-links" "$environment"
        [ "$had_command" = yes ] || rm -f "$bin/whence"
        [ "$had_bin" = yes ] || rmdir "$bin" 2>/dev/null || true
    fi
    rm -f "$environment.new"
    remove_environment "$new"
    remove_empty
}

# Removes our empty folders.
remove_empty() {
    if [ -f "$environments/.whence" ] && [ -z "$(ls "$environments")" ]; then
        rm -rf "$environments"
        [ ! -f "$prefix/python/.whence" ] || rm -rf "$prefix/python"
        rmdir "$prefix" 2>/dev/null || true
    fi
}

install_whence() {
    package="$(find_package)"
    wanted=laptop
    if [ "$serve" = yes ] || { [ -x "$environment/bin/python" ] &&
        [ "$("$environment/bin/python" -I -c 'import duckdb; print("there")' 2>/dev/null)" = there ]; }; then
        # An upgrade keeps the ledger. A stub from leave_stub prints nothing, and so has no ledger.
        wanted=server
    fi
    [ -f "$source/requirements/$wanted.txt" ] || fail "requirements/$wanted.txt is missing beside this script."
    had_command=no
    had_folder=no
    [ -L "$environment" ] || [ ! -d "$environment" ] || had_folder=yes
    if [ -e "$bin/whence" ] || [ -L "$bin/whence" ]; then
        [ "$(readlink "$bin/whence")" = "$environment/bin/whence" ] ||
            fail "$bin/whence is not ours. Nothing was changed. Move it away, then try again."
        had_command=yes
    fi
    own "$environments"
    had_bin=yes
    [ -d "$bin" ] || { had_bin=no && mkdir -p "$bin"; }
    previous="$(readlink "$environment" 2>/dev/null || true)"
    # Remove the remains of interrupted runs, and the environment before the last upgrade.
    for old in "$environments"/*; do
        [ "$old" = "$previous" ] || [ -n "$(find "$old" -prune -mmin -60 2>/dev/null)" ] || remove_environment "$old"
    done
    new="$(mktemp -d "$environments/XXXXXXXX")"
    trap 'undo' EXIT
    trap 'exit 1' HUP INT TERM
    chmod 755 "$new"
    : >"$new/.whence"
    create_environment "$new"
    install_packages "$wanted"
    hook="$("$new/bin/python" -I -c 'import whence_hook; print(whence_hook.__path__[0])')/__main__.py"
    ln -s "${hook#"$new/"}" "$new/whence-hook.py"
    # Keep this script, to uninstall without a clone.
    cp "$script" "$new/install.sh"
    point "$new" "$environment"
    ln -sf "$environment/bin/whence" "$bin/whence"
    echo 'Step 4 of 4: the hook and telemetry in the settings of Claude Code'
    "$environment/bin/whence" install ${for_all:+"$for_all"} ${endpoint:+--endpoint "$endpoint"} ||
        fail 'whence is not installed. All changes were undone.'
    trap - EXIT HUP INT TERM
}

# Leaves programs that do nothing under the names in the settings; the headers helper prints an empty JSON object.
leave_stub() {
    mkdir -p "$environment/bin"
    : >"$environment/whence-hook.py"
    : >"$environment/.whence"
    for name in $pythons; do
        printf '#!/bin/sh\ncase "$*" in *whence_hook.headers*) echo "{}" ;; esac\n' >"$environment/bin/$name"
        chmod 755 "$environment/bin/$name"
    done
}

uninstall_whence() {
    code=0
    pythons=''
    if [ -x "$environment/bin/whence" ]; then
        "$environment/bin/whence" uninstall ${for_all:+"$for_all"} || code=$?
        pythons="$(cd "$environment/bin" && ls python*)"
    fi
    if [ "$(readlink "$bin/whence" 2>/dev/null)" = "$environment/bin/whence" ]; then
        rm "$bin/whence"
    fi
    rm -f "$environment.new"
    if [ -L "$environment" ]; then
        rm "$environment"
    elif is_installation "$environment"; then
        rm -rf "$environment"
    fi
    for old in "$environments"/*; do
        remove_environment "$old"
    done
    remove_empty
    if [ -d "$environments" ]; then
        printf '%s was kept: it contains files that are not whence'"'"'s.\n' "$environments" >&2
    else
        rmdir "$prefix" 2>/dev/null || true
    fi
    case "$code" in
        0) echo 'whence is removed.' ;;
        3)
            leave_stub
            fail "whence is removed, but the settings above still name $environment. It now does nothing, so that sessions
do not fail. Make the settings writable and valid, then run install.sh and install.sh --uninstall again to restore
them; or delete the entries that name $environment, and then that folder."
            ;;
        *) fail "whence is removed, but 'whence uninstall' failed: delete the entries that name $environment from Claude
Code's settings." ;;
    esac
}

serve=no
system=no
for_all=''
uninstall=no
endpoint=''
wheels=''
archive=''
prefix=''
while [ $# -gt 0 ]; do
    case "$1" in
        --serve) serve=yes ;;
        --system) system=yes && for_all=--system ;;
        --uninstall) uninstall=yes ;;
        --endpoint | --token | --prefix | --wheels | --python)
            [ $# -ge 2 ] || fail "$1 needs a value" 2
            case "$1" in
                --endpoint) endpoint="$2" ;;
                --token) WHENCE_INGEST_TOKEN="$2" && export WHENCE_INGEST_TOKEN ;;
                --prefix) prefix="$2" ;;
                --wheels) wheels="$2" ;;
                --python) archive="$2" ;;
            esac
            shift
            ;;
        -h | --help) usage && exit 0 ;;
        *) usage >&2 && fail "$1 is not an option" 2 ;;
    esac
    shift
done

# Where to look for Python and uv in addition to PATH.
folders='/usr/local/bin /opt/homebrew/bin /usr/bin'
if [ "$system" = yes ]; then
    # Root runs nothing from a user's environment. On a Mac, even /usr/local/bin may belong to a user.
    PATH=/usr/bin:/bin:/usr/sbin:/sbin
    export PATH
    [ "$(id -u)" = 0 ] || fail '--system requires root: it changes the settings of every user.'
    # Every user must be able to read the files, whatever the management agent's umask is.
    umask 022
    # With sudo, HOME may be the user's, whose configuration could redirect package downloads.
    HOME=~root
    export HOME
    unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME
    bin=/usr/local/bin
    prefix="${prefix:-/opt/whence}"
else
    bin="$HOME/.local/bin"
    prefix="${prefix:-${XDG_DATA_HOME:-$HOME/.local/share}/whence}"
fi
# Keep Python, and every process that it starts, from loading code named by the environment or the current folder.
for variable in $(env | sed -n 's/^\(PYTHON[A-Za-z0-9_]*\)=.*/\1/p') __PYVENV_LAUNCHER__ VIRTUAL_ENV CDPATH; do
    unset "$variable"
done
source="$(cd -- "$(dirname -- "$0")" && pwd)"
script="$source/$(basename -- "$0")"
if [ -n "$wheels" ]; then
    wheels="$(cd -- "$wheels" && pwd)" || fail "$wheels is not a folder" 2
fi
[ -n "$archive" ] || [ ! -f "$source/python.tar.gz" ] || archive="$source/python.tar.gz"
if [ -n "$archive" ]; then
    [ -f "$archive" ] || fail "$archive is not a file" 2
    archive="$(cd -- "$(dirname -- "$archive")" && pwd)/$(basename -- "$archive")"
fi
if [ "$uninstall" = yes ] && ! [ -d "$prefix" ]; then
    echo 'whence is not installed.'
    exit 0
fi
[ -d "$prefix" ] || mkdir -p "$prefix"
prefix="$(cd -- "$prefix" && pwd)"
cd /
# The link that everything uses, and the folder of the environments that it points to.
environment="$prefix/environment"
environments="$prefix/environments"

adopt
check_ours
if [ "$uninstall" = yes ]; then
    uninstall_whence
    exit 0
fi

install_whence
case ":$PATH:" in
    *":$bin:"*) ;;
    *) [ "$system" = yes ] ||
        printf 'The command is %s/whence. To call it "whence", add %s to PATH.\n' "$bin" "$bin" ;;
esac
if [ "$serve" = yes ]; then
    port=4318
    case "$endpoint" in
        http://127.0.0.1:* | http://localhost:*) port="${endpoint##*:}" && port="${port%%/*}" ;;
    esac
    # "whence import" waits until the ledger answers.
    "$environment/bin/whence" import &
    exec "$environment/bin/whence" serve --port "$port"
fi
