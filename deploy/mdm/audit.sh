#!/bin/sh
# Checks that whence is correctly installed for every user of this machine. Use it as Kandji's audit script, Intune's or
# JumpCloud's check, or Jamf's extension attribute.
#
# Exit codes: 0 installed; 1 not installed, or not as expected (Kandji then runs the remediation, deploy.sh). Prints one
# line.
set -u
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH
# The expected version; empty for any.
version="${WHENCE_VERSION:-}"
# The expected SHA-256 of the bundle; empty for any.
sha256="${WHENCE_SHA256:-}"

say() {
    printf '<result>%s</result>\n' "$1"
    exit "$2"
}

found="$(/opt/whence/environment/bin/whence --version 2>/dev/null)" || say 'not installed' 1
found="${found##* }"
case "$(uname)" in
    Darwin) base='/Library/Application Support' && settings="$base/ClaudeCode" && site="$base/whence" ;;
    *) settings=/etc/claude-code && site=/etc/whence ;;
esac
[ -s "$settings/managed-settings.d/50-whence.json" ] || say "$found, not registered" 1
[ -s "$site/config.json" ] || say "$found, without its configuration" 1
[ -z "$version" ] || [ "$found" = "$version" ] || say "$found, not $version" 1
[ -z "$sha256" ] || [ "$(cat /opt/whence/environment/bundle.sha256 2>/dev/null)" = "$sha256" ] ||
    say "$found, from another bundle" 1
say "$found" 0
