#!/bin/sh
# The hook of the Claude Code plugin: records an event, unless whence's hook is installed for this machine or this user.
# Always exits 0 and prints nothing, even without Python 3.11 or newer.
here="${0%/*}"
# Claude Code ends asynchronous hooks when the turn ends. Ignore that until this hook has written its line.
trap '' HUP INT TERM
for site in /etc/whence '/Library/Application Support/whence' "${PROGRAMDATA:-/nonexistent}/whence"; do
    [ ! -e "$site/config.json" ] || exit 0
done
settings="${CLAUDE_CONFIG_DIR:-$HOME/.claude}/settings.json"
[ ! -f "$settings" ] || ! grep -Eqs 'whence-hook\.py|whence_hook[/\\]+__main__\.py' "$settings" || exit 0

try() {
    # Apple's /usr/bin/python3 is too old, and may open a dialog.
    [ "$1" != /usr/bin/python3 ] || [ ! -d /System/Library ] || return 0
    [ ! -x "$1" ] || ! "$1" -I -S "$here/whence_hook/__main__.py" --plugin 2>/dev/null || exit 0
}

# Known folders first. A Python that is too old ends before it reads the event.
for python in /opt/homebrew/bin/python3 /usr/local/bin/python3 /usr/bin/python3 /usr/bin/python3.1[1-4]; do
    try "$python"
done
for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    found="$(command -v "$name" 2>/dev/null)"
    # A relative folder in PATH is inside the current folder, which may be hostile.
    case "$found" in
        /*) try "$found" ;;
    esac
done
exit 0
