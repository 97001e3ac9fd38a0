#!/usr/bin/env bash
# Builds the program with the address sanitizer, has a server of it visited 10,000 times by clients
# of every technique who leave in every way, and ends it: LeakSanitizer must have nothing to report.
#
#   Scripts/leaks.sh [VISITS]
#
# The build goes to a folder of its own, .build-leaks. Exits with 1 when memory was leaked or
# misused.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

swift build --sanitize=address --product pushbench --scratch-path .build-leaks
program=$(swift build --sanitize=address --scratch-path .build-leaks --show-bin-path)/pushbench

# The runtime's own report of a crash would stand before the sanitizer's and hide it.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=1:halt_on_error=1
exec python3 Scripts/soak.py "$program" --visits "${1:-10000}"
