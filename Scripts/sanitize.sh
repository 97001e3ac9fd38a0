#!/usr/bin/env bash
# The live suite and the tests of the loops under a sanitizer, in a build of their own.
#
#   Scripts/sanitize.sh address    memory errors, and leaks at the end; with permessage-deflate
#   Scripts/sanitize.sh thread     data races; what it says of Inbox alone is known to be false
#
# The thread sanitizer does not know the lock that Synchronization's Mutex is made of (a futex word),
# and reports what stands behind it: Scripts/thread-sanitizer.supp names those. Nothing else is
# suppressed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kind=${1:-}
case "$kind" in
address | thread) ;;
*)
    echo "usage: Scripts/sanitize.sh address|thread" >&2
    exit 2
    ;;
esac

# The runtime's backtracer waits for ever on a sanitized process that has crashed.
export SWIFT_BACKTRACE=enable=no
export TSAN_OPTIONS="suppressions=$PWD/Scripts/thread-sanitizer.supp halt_on_error=0 exitcode=66"
export ASAN_OPTIONS="detect_leaks=1"

options=(--disable-xctest --sanitize="$kind" --scratch-path ".build-$kind" --traits Deflate)
swift build --build-tests "${options[@]:1}"
swift test --skip-build "${options[@]}" \
    --filter 'LiveTests|ReactorTests|LabServerTests|LoadGenTests|TransportTests|WireTests'
