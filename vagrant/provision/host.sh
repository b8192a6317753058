#!/bin/sh
# Makes a fresh machine one that Ansible can work on: Python, sudo, and the packages named as arguments. As root.
set -eu

missing=
need() { # need COMMAND PACKAGE
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
there() {
  if command -v dpkg-query >/dev/null; then
    [ "$(dpkg-query --show --showformat='${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = ii ]
  else
    rpm --quiet --query "$1" 2>/dev/null
  fi
}

need python3 python3
need sudo sudo
for package in "$@"; do
  there "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installs$missing"
# Unquoted on purpose: one word a package.
if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -qq -y --no-install-recommends $missing >/dev/null
elif command -v dnf >/dev/null; then
  # shellcheck disable=SC2086
  dnf install --quiet --assumeyes $missing
elif command -v zypper >/dev/null; then
  # shellcheck disable=SC2086
  zypper --quiet --non-interactive install $missing
elif command -v apk >/dev/null; then
  # shellcheck disable=SC2086
  apk add --quiet $missing
else
  echo "This machine has none of apt-get, dnf, zypper, apk; install$missing in its box." >&2
  exit 1
fi
