#!/usr/bin/env bash
# Builds the program with the address sanitizer, has a server of it visited 10,000 times by clients
# of every technique who leave in every way, and ends it: LeakSanitizer must have nothing to report.
#
#   Scripts/leaks.sh [VISITS]
#
# The build is that of Scripts/sanitize.sh, with permessage-deflate. Exits with 1 when memory was leaked
# or misused.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

options=(--sanitize=address --scratch-path .build-address --traits Deflate)
swift build "${options[@]}" --product pushbench
program=$(swift build "${options[@]}" --show-bin-path)/pushbench

# The runtime's own report of a crash would stand before the sanitizer's and hide it.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=1:halt_on_error=1
exec python3 Scripts/soak.py "$program" --visits "${1:-10000}"
