#!/bin/sh
# Installs, upgrades or removes whence for every user of this machine. Works with Jamf, Kandji, Intune, JumpCloud and any
# tool that runs a script as root, without a logged-in user.
#
# Parameters, from the environment, from Jamf's parameters 4 to 7, or from lines that you add before "set -eu":
#   WHENCE_BUNDLE    where whence.tar.gz is, made by bundle.sh: an https:// address, or a path on this machine
#   WHENCE_SHA256    its SHA-256
#   WHENCE_ENDPOINT  the ledger, or another OTLP/HTTP receiver
#   WHENCE_INGEST_TOKEN  its ingest token
# Jamf: parameter 4 is the bundle, 5 the SHA-256, 6 the endpoint, 7 the token.
# With the argument --uninstall (in any position, such as Jamf's parameter 4) or WHENCE_UNINSTALL=yes, it removes whence
# and needs no other parameters.
#
# Exit codes: 0 installed or removed; 1 failed, with the reason on standard error, and an existing installation still
# works; 2 a parameter is missing; 3 the bundle cannot be fetched or its SHA-256 differs: try again later.
set -eu
# Root runs nothing from a user's environment.
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH

uninstall="${WHENCE_UNINSTALL:-}"
for argument in "$@"; do
    [ "$argument" != --uninstall ] || uninstall=yes
done
bundle="${WHENCE_BUNDLE:-${4:-}}"
sha256="${WHENCE_SHA256:-${5:-}}"
endpoint="${WHENCE_ENDPOINT:-${6:-}}"
WHENCE_INGEST_TOKEN="${WHENCE_INGEST_TOKEN:-${7:-}}"
export WHENCE_INGEST_TOKEN
[ -n "$WHENCE_INGEST_TOKEN" ] || unset WHENCE_INGEST_TOKEN

fail() {
    printf 'whence deploy.sh: %s\n' "$1" >&2
    exit "$2"
}

[ "$(id -u)" = 0 ] || fail 'run this as root.' 1
if [ "$uninstall" = yes ]; then
    installed=/opt/whence/environment/install.sh
    if [ -f "$installed" ]; then
        sh "$installed" --system --uninstall </dev/null || exit 1
        exit 0
    fi
    [ -e /opt/whence ] || [ -L /opt/whence ] || { echo 'whence is not installed.' && exit 0; }
    # An earlier version left no install.sh; use the bundle's.
    [ -n "$bundle" ] || fail '/opt/whence has no install.sh: set WHENCE_BUNDLE and WHENCE_SHA256 too.' 2
    endpoint=none
fi
[ -n "$bundle" ] || fail 'WHENCE_BUNDLE is missing.' 2
[ -n "$sha256" ] || fail 'WHENCE_SHA256 is missing.' 2
[ -n "$endpoint" ] || fail 'WHENCE_ENDPOINT is missing.' 2

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
case "$bundle" in
    https://*)
        curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' --retry 3 \
            --max-time 600 --output "$folder/whence.tar.gz" "$bundle" || fail "cannot fetch $bundle." 3
        ;;
    /*) cp "$bundle" "$folder/whence.tar.gz" || fail "cannot read $bundle." 3 ;;
    *) fail 'WHENCE_BUNDLE must be an https:// address or an absolute path.' 2 ;;
esac
if command -v sha256sum >/dev/null 2>&1; then
    found="$(sha256sum "$folder/whence.tar.gz")"
else
    found="$(shasum -a 256 "$folder/whence.tar.gz")"
fi
[ "${found%% *}" = "$sha256" ] || fail "the bundle's SHA-256 is ${found%% *}, not WHENCE_SHA256." 3
tar -C "$folder" -xzf "$folder/whence.tar.gz"
if [ "$uninstall" = yes ]; then
    sh "$folder/whence/install.sh" --system --uninstall </dev/null || exit 1
    exit 0
fi
sh "$folder/whence/install.sh" --system --wheels "$folder/whence/wheels" --endpoint "$endpoint" </dev/null || exit 1
# Records the installed bundle for audit.sh.
printf '%s\n' "$sha256" >/opt/whence/environment/bundle.sha256
