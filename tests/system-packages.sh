#!/usr/bin/env bash
# Debian packages the tests use: installed where we are root and they are missing, named where we are not.
set -euo pipefail
declare -A package=([etcd]=etcd-server [kubectl]=kubernetes-client [xz]=xz-utils [openssl]=openssl [bwrap]=bubblewrap [git]=git [prometheus-alertmanager]=prometheus-alertmanager [chromium]=chromium)
missing=()
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing+=(postgresql)
for program in "${!package[@]}"; do command -v "$program" >/dev/null || missing+=("${package[$program]}"); done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]}" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "not installed: ${missing[*]} (tests that need them are named as not run)" >&2
fi
