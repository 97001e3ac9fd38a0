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

# A check that cannot fail is none: this machine must find a leak that is there.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '#include <stdlib.h>\nint main(void) { volatile char *p = malloc(7); p = 0; return p != 0; }\n' \
    >"$folder/leak.c"
clang -fsanitize=address "$folder/leak.c" -o "$folder/leak" 2>/dev/null
if ASAN_OPTIONS=detect_leaks=1 "$folder/leak" 2>/dev/null; then
    printf 'leaks.sh: LeakSanitizer finds nothing here, not even a leak (no ptrace?)\n' >&2
    exit 2
fi

options=(--sanitize=address --scratch-path .build-address --traits Deflate)
swift build "${options[@]}" --product pushbench
program=$(swift build "${options[@]}" --show-bin-path)/pushbench

# The runtime's own report of a crash would stand before the sanitizer's and hide it.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=1:halt_on_error=1
python3 Scripts/soak.py "$program" --visits "${1:-10000}"
