#!/usr/bin/env bash
# The gate: what passes here passes in CI, which runs this script and nothing else.
#
#   Scripts/check.sh               format, floors, tests; stops at the first that fails
#   Scripts/check.sh format        one step, or several, by name: format floors tests
#   Scripts/check.sh --self-test   proves that the format step fails on a badly formatted file
#
# Every step runs in full and the script's last line is its verdict: nothing ends it early but a
# failure, which ends it with that step's exit code.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What the format step looks at; the self-test adds a file of its own.
formatted=(Sources Tests Benchmarks/Codecs Fuzz Package.swift)

step() {
    printf '\n== %s\n' "$1"
    SECONDS=0
}

passed() {
    printf -- '-- ok, %d s\n' "$SECONDS"
}

check_format() {
    step "format: swift format lint --strict"
    swift format lint --strict --parallel --recursive "${formatted[@]}"
    passed
}

check_floors() {
    step "floors: every import is among the target's dependencies in Package.swift"
    swift build --build-tests --explicit-target-dependency-import-check error
    passed
}

check_tests() {
    step "tests: swift test"
    swift test --disable-xctest
    passed
}

# A gate that cannot fail is none: this one is shown a bad file once in a while.
self_test() {
    step "self-test: the format step must fail on a badly formatted file"
    local folder
    folder=$(mktemp -d)
    # The name is put in now: the variable is gone when the trap runs.
    # shellcheck disable=SC2064
    trap "rm -rf '$folder'" EXIT
    cp .swift-format "$folder/"
    printf 'struct  Bad{\n  var a:Int=1;\n}\n' >"$folder/Bad.swift"
    formatted=("$folder/Bad.swift")
    # Not as a condition, where `set -e` would not hold and the step would go on after the failure.
    local code
    set +e
    (
        set -e
        check_format
    ) >"$folder/output" 2>&1
    code=$?
    set -e
    if [[ $code -eq 0 ]] || ! grep -q 'Bad.swift:1' "$folder/output"; then
        cat "$folder/output"
        echo "The format step accepted it." >&2
        return 1
    fi
    passed
}

case "${1:-all}" in
all)
    check_format
    check_floors
    check_tests
    ;;
--self-test)
    self_test
    ;;
*)
    for name in "$@"; do
        case "$name" in
        format | floors | tests) ;;
        *)
            echo "Scripts/check.sh: there is no step $name; there are format, floors and tests" >&2
            exit 2
            ;;
        esac
    done
    for name in "$@"; do "check_$name"; done
    ;;
esac

printf '\nAll checks passed.\n'
