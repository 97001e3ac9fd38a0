#!/usr/bin/env bash
# Fuzzes the decoders with libFuzzer, one after the other, against the properties of Fuzz/Properties.
#
#   Scripts/fuzz.sh                            every decoder for a minute
#   Scripts/fuzz.sh --minutes 10 engine        the named ones, ten minutes each
#   Scripts/fuzz.sh --seconds 5                a glance, as CI takes one
#   Scripts/fuzz.sh --list                     says which there are, and what is checked
#
# Prints a table at the end; its exit code is 3 when there was a finding. A finding's input is kept,
# minimised, in Reports/Fuzz; it belongs into Fuzz/Corpus/NAME, where the tests replay it. What the
# fuzzer has learnt stays in .build-fuzz/corpus, so that the next run goes on from there. Needs the
# toolchain's libFuzzer and lld.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=60
names=()
lists=false
usage() {
    echo "Scripts/fuzz.sh: $1; --help says how it is used" >&2
    exit 2
}
while [[ $# -gt 0 ]]; do
    case "$1" in
    --minutes | --seconds)
        [[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || usage "$1 needs a whole number above 0, not '${2:-}'"
        if [[ $1 == --minutes ]]; then seconds=$(($2 * 60)); else seconds=$2; fi
        shift
        ;;
    --list) lists=true ;;
    --help | -h)
        sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
        exit 0
        ;;
    -*) usage "there is no option $1" ;;
    *) names+=("$1") ;;
    esac
    shift
done

scratch=.build-fuzz
findings=Reports/Fuzz
# The runtime's own backtracer waits on a process that libFuzzer has already ended.
export SWIFT_BACKTRACE=enable=no

PUSHBENCH_FUZZ=1 swift build -c release --scratch-path "$scratch" --product Fuzz
fuzz=$scratch/release/Fuzz

if $lists; then
    "$fuzz" --list | while IFS=$'\t' read -r name summary; do printf '%-14s %s\n' "$name" "$summary"; done
    exit 0
fi
mapfile -t known < <("$fuzz" --list | cut -f1)
for name in "${names[@]}"; do
    [[ " ${known[*]} " == *" $name "* ]] || usage "there is no decoder $name, only ${known[*]}"
done
if [[ ${#names[@]} -eq 0 ]]; then names=("${known[@]}"); fi

# The words that a decoder's inputs are made of.
dictionary_of() {
    local folder=Fuzz/Dictionaries
    case "$1" in
    http-* | chunked | query | url) cat "$folder/http.dict" ;;
    websocket) cat "$folder/websocket.dict" ;;
    engine | client) cat "$folder"/*.dict ;;
    *) cat "$folder/stream.dict" ;;
    esac
}

# A figure of libFuzzer's last statistics.
statistic() {
    sed -n "s/^stat::$2: *//p" "$1" | tail -1
}

# Shortens the inputs that were found for one decoder, a minute each at most.
minimise() {
    local name=$1 input
    for input in "$findings/$name"-*; do
        [[ -f $input && $input != *.log && $input != *.min ]] || continue
        "$fuzz" "$name" -minimize_crash=1 -max_total_time=60 -timeout=20 \
            -exact_artifact_path="$input.min" "$input" >/dev/null 2>&1 || true
        echo "  kept: $input"
    done
}

mkdir -p "$findings"
rm -f "$findings"/*
table=()
total=0
found=0
for name in "${names[@]}"; do
    log=$findings/$name.log
    learnt=$scratch/corpus/$name
    mkdir -p "$learnt"
    dictionary_of "$name" >"$scratch/$name.dict"
    printf '%s: %d s …\n' "$name" "$seconds"
    code=0
    timeout --kill-after=10 $((seconds + 120)) "$fuzz" "$name" -max_total_time="$seconds" \
        -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -dict="$scratch/$name.dict" \
        -artifact_prefix="$findings/$name-" "$learnt" "Fuzz/Corpus/$name" >"$log" 2>&1 || code=$?
    runs=$(statistic "$log" number_of_executed_units)
    edges=$(grep -ao 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2 || true)
    verdict="none"
    if [[ $code -ne 0 ]]; then
        verdict="FOUND (exit code $code)"
        found=$((found + 1))
        grep -a -m1 -A3 -E '^VIOLATION|Fatal error|libFuzzer: (timeout|out-of-memory)' "$log" |
            cut -c1-600 || tail -3 "$log"
        minimise "$name"
    fi
    total=$((total + ${runs:-0}))
    table+=("$(printf '| %-13s | %7d | %11d | %5d | %s |' "$name" "$seconds" "${runs:-0}" \
        "${edges:-0}" "$verdict")")
done

printf '\n| decoder       | seconds |  executions | edges | findings |\n'
printf '|---------------|--------:|------------:|------:|----------|\n'
printf '%s\n' "${table[@]}"
printf '\n%d executions in all, %d decoders with findings.\n' "$total" "$found"
if [[ $found -gt 0 ]]; then exit 3; fi
