#!/bin/sh
# Builds whence-ledger_VERSION_ARCHITECTURE.deb from this clone: the ledger and the classifier with every package that they
# need, their systemd units, and /etc/whence. Needs Debian, dpkg-deb, a Python with pip, and the package index.
#
# Usage: deploy/debian/build.sh DIR
#
# It fits Debian releases whose Python has the version of /usr/bin/python3 here. Every package is checked against its hash in
# requirements/. SOURCE_DATE_EPOCH sets the time of the files in it (default: 2020-02-02).
set -eu
if [ $# != 1 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
clone="$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)"
mkdir -p "$1"
dist="$(CDPATH='' cd -- "$1" && pwd)"
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1580601600}"
PIP_ROOT_USER_ACTION=ignore
export SOURCE_DATE_EPOCH PIP_ROOT_USER_ACTION
umask 022
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
trap 'exit 1' HUP INT TERM
root="$build/root"
home=/usr/lib/whence-ledger
python="$root$home/bin/python"

run_pip() {
    python3 -I -m pip --python "$python" "$@" --quiet --disable-pip-version-check --no-deps --no-compile
}

mkdir -p "$root/usr/lib" "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/etc/whence" \
    "$root/usr/share/doc/whence-ledger/examples" "$root/DEBIAN"
/usr/bin/python3 -I -m venv --without-pip "$root$home"
run_pip install --require-hashes --requirement "$clone/requirements/server.txt"
run_pip install --require-hashes --target "$build/tools" --requirement "$clone/requirements/build.txt"
PYTHONPATH="$build/tools" python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --wheel-dir "$build" "$clone"
run_pip install "$build"/whence_spend-*.whl
# Replace the paths of the build folder in the environment's scripts.
grep -rlIF "$root" "$root$home/bin" "$root$home/pyvenv.cfg" | xargs sed -i "s#$root##g"
find "$root$home" -name direct_url.json -delete
find "$root$home/bin" -type f ! -name whence -delete
# postinst compiles the modules when the package is installed.
find "$root$home" -name __pycache__ -prune -exec rm -r {} +
find "$root$home/lib" -type f ! -name "*.so*" -perm /111 -exec chmod a-x {} +
ln -s "$home/bin/whence" "$root/usr/bin/whence"

cd "$clone/deploy"
for unit in ledger/whence.service ledger/whence-backup.service ledger/whence-backup.timer \
    classifier/whence-classify.service classifier/whence-classify.timer; do
    # Credentials come from the environment file here, and the rest from classify.toml.
    sed -e "s#/opt/whence-ledger#$home#" -e '/^# .*systemctl\|^# Secrets:\|^# readable by root\|^# systemctl/d' \
        -e '/^LoadCredential=/d' -e 's#^ExecStart=\(.*\) classify .*#ExecStart=\1 classify --config /etc/whence/classify.toml --overrides /etc/whence/overrides.toml --ledger http://127.0.0.1:4318 --format csv#' \
        "$unit" >"$root/usr/lib/systemd/system/$(basename "$unit")"
done
cp classifier/classify.toml classifier/overrides.toml ledger/nginx.conf ledger/nginx-grpc.conf "$root/usr/share/doc/whence-ledger/examples"
cp debian/copyright "$root/usr/share/doc/whence-ledger"
mkdir -p "$root/usr/share/lintian/overrides"
cp debian/lintian-overrides "$root/usr/share/lintian/overrides/whence-ledger"
cp debian/classify.toml debian/overrides.toml debian/classify.env debian/backup.env debian/serve.env "$root/etc/whence"
chmod 600 "$root"/etc/whence/*.env
cp debian/conffiles debian/postinst debian/prerm debian/postrm "$root/DEBIAN"
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm" "$root/DEBIAN/postrm"
version="$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$clone/contract/whence_contract/__init__.py")"
printf 'whence-ledger (%s) unstable; urgency=medium\n\n  * See https://github.com/whence-spend/whence/blob/main/CHANGELOG.md\n\n -- whence <whence@users.noreply.github.com>  %s\n' \
    "$version" "$(LC_ALL=C date --utc --date "@$SOURCE_DATE_EPOCH" "+%a, %d %b %Y %H:%M:%S +0000")" |
    gzip -9n >"$root/usr/share/doc/whence-ledger/changelog.gz"
"$python" -I -B - "$version" "$(dpkg --print-architecture)" "$(du -sk "$root" | cut -f 1)" >"$root/DEBIAN/control" <<'END'
import sys

version, architecture, size = sys.argv[1:]
major, minor = sys.version_info[:2]
print(f"""Package: whence-ledger
Version: {version}
Architecture: {architecture}
Maintainer: whence <whence@users.noreply.github.com>
Installed-Size: {size}
Depends: python3 (>= {major}.{minor}), python3 (<< {major}.{minor + 1}), libc6, passwd
Section: utils
Priority: optional
Homepage: https://github.com/whence-spend/whence
Description: attribute Claude Code spend to git repositories
 The ledger receives telemetry of Claude Code, attributes its cost to git
 repositories, and serves reports and a dashboard. The classifier labels
 repositories with data from GitHub.""")
END
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz -z1 --build "$root" "$dist" >/dev/null
sha256sum "$dist/whence-ledger_${version}_$(dpkg --print-architecture).deb"
