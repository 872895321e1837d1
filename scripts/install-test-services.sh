#!/usr/bin/env bash
# Sees to it that the programs that the tests start are there: PostgreSQL, Redis, Chromium.
# Installs them where it may (root on Debian or Ubuntu), else says in one sentence what is missing.
set -euo pipefail

has_postgresql() {
  command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb'
}
has_redis() {
  command -v redis-server
}
has_chromium() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

missing=()
has_postgresql >/dev/null || missing+=(postgresql)
has_redis >/dev/null || missing+=(redis-server)
has_chromium >/dev/null || missing+=(chromium)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need programs that are missing; please install: ${missing[*]}." >&2
  exit 1
fi
echo "Installing ${missing[*]} for the tests …"
export DEBIAN_FRONTEND=noninteractive
# The tests start servers of their own: the packages' services need not run.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
