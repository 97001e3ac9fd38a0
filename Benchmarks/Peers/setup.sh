#!/usr/bin/env bash
# Installs the peers that are missing: nginx with nchan, node with ws (Debian packages, as root), and
# Python's websockets (PyPI, into .build/peers-venv). Says what is there already.
#
#   Benchmarks/Peers/setup.sh           install what is missing
#   Benchmarks/Peers/setup.sh --check   only say it; ends with 1 when something is missing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=.build/peers-venv
module=usr/lib/nginx/modules/ngx_nchan_module.so
packages=()
missing=0

say() { printf '%-10s %s\n' "$1" "$2"; }

version_of() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || printf 'not from a package'; }

want_package() { # PROGRAM-OR-FILE PACKAGE...
    local what=$1
    shift
    if command -v "$what" >/dev/null || [[ -e /$what ]]; then
        say present "$1 $(version_of "$1")"
    else
        say missing "$* (Debian)"
        packages+=("$@")
        missing=1
    fi
}

want_package nginx nginx
want_package "$module" libnginx-mod-nchan
want_package node nodejs
want_package usr/share/nodejs/ws node-ws
if "$venv/bin/python" -c 'import websockets' 2>/dev/null; then
    say present "websockets in $venv"
    python_missing=0
else
    say missing "websockets (PyPI)"
    python_missing=1
    missing=1
fi

if [[ ${1:-} == --check ]]; then exit "$missing"; fi

if [[ ${#packages[@]} -gt 0 ]]; then
    if ! command -v apt-get >/dev/null; then
        echo "No apt-get here: install ${packages[*]} with this system's own tool." >&2
        exit 1
    fi
    if [[ $(id -u) -ne 0 ]]; then
        echo "Installing needs root: sudo apt-get install --no-install-recommends ${packages[*]}" >&2
        exit 1
    fi
    apt-get update -qq
    # Nobody needs nginx as a service on port 80: in runlevel 1 invoke-rc.d starts nothing.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    say installed "${packages[*]}"
fi
if [[ $python_missing -eq 1 ]]; then
    python3 -m venv "$venv" || {
        echo "Python's venv is missing: apt-get install python3-venv" >&2
        exit 1
    }
    "$venv/bin/pip" install --quiet --disable-pip-version-check \
        -r Benchmarks/Peers/requirements.txt
    say installed "websockets in $venv"
fi
