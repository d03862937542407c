#!/usr/bin/env bash
# Installs nginx with its stream module and squid from Debian: tests/proxy lets them judge what is written for them.
set -euo pipefail

PATH=$PATH:/usr/sbin
if command -v nginx > /dev/null && command -v squid > /dev/null; then
  exit 0
fi
if [[ $(id -u) != 0 ]] || ! command -v apt-get > /dev/null; then
  echo "nginx or squid is missing: install them, e.g. sudo apt-get install nginx-light libnginx-mod-stream squid" >&2
  exit 1
fi
echo "== nginx and squid, from Debian"
# Debian starts a service when it is installed, and nobody needs these.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends nginx-light libnginx-mod-stream squid
