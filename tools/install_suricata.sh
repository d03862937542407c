#!/usr/bin/env bash
# Suricata 7.0, which judges the egress rules in tests/rules, from the backports of the Debian release at hand.
# The mirror is the one that apt has for the release itself. Nothing is done where Suricata 7.0 is installed.
set -euo pipefail

wanted=7.0
list=/etc/apt/sources.list.d/closednet-backports.sources

fail() {
    echo "tests/rules need Suricata $wanted, and $1" >&2
    exit 1
}

version() { { suricata -V 2> /dev/null || true; } | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' || true; }

# Prints the addresses of the repositories whose codename is $1.
repositories() {
    apt-get indextargets 'Created-By: Packages' | awk -v codename="$1" '
        $1 == "Codename:" {of = $2}
        $1 == "Component:" {component = $2}
        $1 == "Origin:" {origin = $2}
        $1 == "Repo-URI:" && of == codename && origin == "Debian" && component == "main" {print $2}'
}

case $(version) in
    "$wanted".*) exit 0 ;;
    "") ;;
    *) fail "version $(version) is installed, which reads rules otherwise than the one of Network Firewall" ;;
esac

command -v apt-get > /dev/null || fail "this script knows only apt-get: install it by hand"
[ "$(id -u)" = 0 ] || fail "only root can install it: sudo $0"
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
suite=$codename-backports

echo "== Suricata, from Debian's $suite"
apt-get update -qq
if [ -z "$(repositories "$suite")" ]; then
    mirror=$(repositories "$codename" | head -n 1)
    [ -n "$mirror" ] || fail "apt has no mirror of Debian's $codename, beside which $suite would be"
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
        "$mirror" "$suite" /usr/share/keyrings/debian-archive-keyring.gpg > "$list"
    apt-get update -qq || { rm -f "$list"; fail "the mirror $mirror has no $suite"; }
fi
DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends -t "$suite" suricata > /dev/null \
    || fail "apt-get install -t $suite suricata ended with an error"
case $(version) in
    "$wanted".*) suricata -V ;;
    *) fail "$suite has version $(version)" ;;
esac
