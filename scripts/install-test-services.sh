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
# Without windows it takes half the processor time; only Debian has it.
has_headless_chromium() {
  command -v chromium-headless-shell
}
has_chromium() {
  has_headless_chromium || command -v chromium || command -v chromium-browser || command -v google-chrome
}
may_install() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get
}
would_have_headless_chromium() {
  may_install && ! has_headless_chromium && grep -qx 'ID=debian' /etc/os-release
}
list_missing() {
  missing=()
  has_postgresql >/dev/null || missing+=(postgresql)
  has_redis >/dev/null || missing+=(redis-server)
  has_chromium >/dev/null || missing+=(chromium)
}
install() {
  echo "Installing $* for the tests …"
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

list_missing
if [ ${#missing[@]} -eq 0 ] && ! would_have_headless_chromium >/dev/null; then
  exit 0
fi
if ! may_install >/dev/null; then
  echo "The tests need programs that are missing; please install: ${missing[*]}." >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# The tests start servers of their own: the packages' services need not run.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq || echo "The lists of packages could not be renewed." >&2
if would_have_headless_chromium >/dev/null; then
  install chromium-headless-shell || echo "It cannot be had; another Chromium does, too." >&2
  list_missing
fi
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
