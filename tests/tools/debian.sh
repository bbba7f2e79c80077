#!/bin/sh
# Installs those of the named Debian packages that are missing, for instance: debian.sh pgbouncer wrk chromium
set -eu

: "${1:?name the packages to install}"

missing=
for package in "$@"; do
    dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Missing Debian packages, and only root may install them. Run: sudo $0$missing" >&2
    exit 1
fi

quietly() {
    output=$("$@" 2>&1) || { echo "$output" >&2; exit 1; }
}

export DEBIAN_FRONTEND=noninteractive
export RUNLEVEL=1 # installing a server must not start it: the tests start their own
quietly apt-get update
# shellcheck disable=SC2086 # one word per package
quietly apt-get install --yes --no-install-recommends $missing
