#!/bin/sh
# /whence:setup and /whence:remove run this. It runs install.sh from this plugin's marketplace with the same arguments,
# which installs the packages that send records, and sets the telemetry variables, which a plugin cannot set.
set -eu
root="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)"
fail() {
    printf 'whence: %s\n' "$1"
    exit 0
}
for argument in "$@"; do
    case "$argument" in
        --token*) fail 'the token must not stand in a prompt, which is kept. Set WHENCE_INGEST_TOKEN, then start Claude Code.' ;;
        --system | --serve) fail "$argument: run install.sh in a terminal." ;;
    esac
done
clone="$root/.."
known="${CLAUDE_CONFIG_DIR:-$HOME/.claude}/plugins/known_marketplaces.json"
if [ ! -f "$clone/install.sh" ] && [ -f "$known" ]; then
    clone="$(sed -n 's/^ *"installLocation": *"\(.*\)".*$/\1/p' "$known" | while IFS= read -r place; do
        [ ! -f "$place/install.sh" ] || [ ! -f "$place/hook/plugin-setup.sh" ] || { printf '%s\n' "$place" && break; }
    done)"
fi
[ -f "$clone/install.sh" ] || fail 'found no install.sh. Add the marketplace again, or run install.sh of a clone.'
sh "$clone/install.sh" "$@" </dev/null 2>&1 || fail 'that failed; the reason is above.'
