#!/usr/bin/env bash
# Does to the program what can go wrong on a machine, and looks at what it does then: system calls
# that fail, descriptors and disks that run out, processes that are killed or stopped, clocks that
# jump. Docs/Faults.md has the table.
#
#   Scripts/faults.sh PUSHBENCH [CASE …] [--quick] [--markdown FILE]
#   Scripts/faults.sh --list
#
# Needs strace, Python 3 and a C compiler, which are installed when they are missing and this runs as
# root on Debian. Exits with 1 when something was not as it must be.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A mirror that does not answer at once gets three chances.
install_packages() {
    if ! command -v apt-get >/dev/null || [[ $EUID -ne 0 ]]; then
        printf 'faults.sh: %s missing; install it: apt-get install %s\n' "$*" "$*" >&2
        exit 2
    fi
    local try
    for try in 1 2 3; do
        if apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; then
            return
        fi
        sleep $((try * 5))
    done
    printf 'faults.sh: could not install %s; install it by hand\n' "$*" >&2
    exit 2
}

packages=()
command -v strace >/dev/null || packages+=(strace)
command -v python3 >/dev/null || packages+=(python3)
command -v cc >/dev/null || packages+=(gcc libc6-dev)
if [[ ${#packages[@]} -gt 0 ]]; then install_packages "${packages[@]}"; fi

PYTHONPATH=Scripts PYTHONDONTWRITEBYTECODE=1 exec python3 -m Faults "$@"
