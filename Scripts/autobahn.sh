#!/usr/bin/env bash
# Autobahn's WebSocket suite against both ends: its fuzzingclient against `pushbench serve --echo`, and
# `pushbench autobahn`, which has the load generator's client, against its fuzzingserver.
#
#   Scripts/autobahn.sh            all 517 cases, both ways, with deflate: half an hour
#   Scripts/autobahn.sh --quick    without 12.* and 13.* but for a few of them: two minutes
#   Scripts/autobahn.sh --plain    without deflate, which leaves 12.* and 13.* unimplemented
#
#   --binary FILE    this pushbench instead of one that is built for it (release, trait Deflate)
#   --side SIDE      server or client instead of both
#   --has-python     says by its exit code whether there is a CPython 2.7, and does nothing else
#   --output FOLDER  where the suite's reports go, for a browser; .build/autobahn otherwise
#
# Needs what the suite needs: CPython 2.7 (from pyenv or PATH, or in PYTHON2), gcc, and PyPI for the
# first time; with `virtualenv<20.22`, the last one that knows Python 2.7. It goes to
# .build/autobahn/python. Prints how every case went and ends with 1 if one failed, or is not strict
# without being one of 6.4.*.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

quick=false
checks=false
deflate=--deflate
binary=
sides=(server client)
output=.build/autobahn

fail() {
    echo "Scripts/autobahn.sh: $1" >&2
    exit 2
}

while [[ $# -gt 0 ]]; do
    case "$1" in
    --quick) quick=true ;;
    --plain) deflate= ;;
    --has-python) checks=true ;;
    --binary | --side | --output)
        [[ $# -gt 1 ]] || fail "$1 needs a value"
        case "$1" in
        --binary) binary=$2 ;;
        --output) output=$2 ;;
        --side)
            [[ $2 == server || $2 == client ]] || fail "--side is server or client, not $2"
            sides=("$2")
            ;;
        esac
        shift
        ;;
    -h | --help)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
        exit 0
        ;;
    *) fail "there is no option $1; see --help" ;;
    esac
    shift
done

# What fetches from the network is tried three times.
again() {
    local try
    for try in 1 2 3; do
        "$@" && return 0
        echo "Scripts/autobahn.sh: try $try of 3 failed: $*" >&2
        sleep 5
    done
    return 1
}

# A CPython 2.7, by the first of the ways in which one may be installed.
find_python2() {
    local candidate
    for candidate in "${PYTHON2:-}" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/2.7.*/bin/python2.7 \
        "$(command -v python2.7 || true)"; do
        if [[ -n $candidate ]] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (2, 7))' \
            2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

if $checks; then
    find_python2 >/dev/null
    exit
fi

suite=$PWD/.build/autobahn/python
prepare_suite() {
    [[ -x $suite/bin/wstest ]] && return 0
    local python2
    python2=$(find_python2) ||
        fail "the suite needs CPython 2.7: install it with 'pyenv install 2.7.18', or name it in PYTHON2"
    command -v gcc >/dev/null || fail "the suite needs gcc: apt-get install gcc"
    echo "Preparing Autobahn's suite with $python2."
    rm -rf "$suite" "$suite-tools"
    python3 -m venv "$suite-tools"
    again "$suite-tools/bin/pip" install --quiet 'virtualenv<20.22' ||
        fail "virtualenv cannot be had from PyPI"
    again "$suite-tools/bin/virtualenv" --quiet --python "$python2" "$suite" ||
        fail "virtualenv made no environment for $python2"
    again "$suite/bin/pip" install --quiet autobahntestsuite ||
        fail "autobahntestsuite cannot be had from PyPI, or not be built"
}

prepare_binary() {
    [[ -z $binary ]] || return 0
    local flags=()
    [[ -z $deflate ]] || flags=(--traits Deflate)
    local scratch=.build/autobahn/swift${deflate#-}
    swift build -c release --product pushbench --scratch-path "$scratch" "${flags[@]}"
    binary=$scratch/release/pushbench
}

# Ports that nobody listens on now.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

await_port() {
    local try
    for try in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    fail "nothing listens on port $1 after ten seconds; see $output/$side.log"
}

children=()
stop_children() {
    local child
    for child in "${children[@]}"; do
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    done
    children=()
}
trap stop_children EXIT

# One case of each kind of data and of each set of parameters: a middle length, and a fragmented one.
excluded='"exclude-cases": []'
if $quick; then
    excluded=$(python3 -c '
import json
keep = {"12.1": (3, 13), "12.2": (3,), "12.4": (13,)}
keep.update({"13.%d" % kind: (3, 13) for kind in range(1, 8)})
out = ["%d.%d.%d" % (group, kind, case)
       for group, kinds in ((12, 5), (13, 7)) for kind in range(1, kinds + 1)
       for case in range(1, 19) if case not in keep.get("%d.%d" % (group, kind), ())]
print("\"exclude-cases\": " + json.dumps(out))')
fi

# Autobahn sends 16 MiB in one message; 64 MiB is what its own limits come to.
run_server_side() {
    local port
    port=$(free_port)
    "$binary" serve --echo $deflate --port "$port" --raw-port 0 --no-publish --max-frame 64MiB \
        2>"$output/server.log" &
    children+=($!)
    await_port "$port"
    cat >"$output/server.json" <<JSON
{"outdir": "$output/server", "cases": ["*"], $excluded,
 "servers": [{"agent": "pushbench", "url": "ws://127.0.0.1:$port/echo"}]}
JSON
    nice -n 5 "$suite/bin/wstest" -m fuzzingclient -s "$output/server.json" >>"$output/server.log" 2>&1 ||
        fail "the fuzzingclient ended with an error; see $output/server.log"
    kill -0 "${children[0]}" || fail "the server is gone; see $output/server.log"
    stop_children
}

run_client_side() {
    local port
    port=$(free_port)
    cat >"$output/client.json" <<JSON
{"url": "ws://127.0.0.1:$port", "outdir": "$output/client", "cases": ["*"], $excluded}
JSON
    nice -n 5 "$suite/bin/wstest" -m fuzzingserver -w 127.0.0.1 -s "$output/client.json" \
        >"$output/client.log" 2>&1 &
    children+=($!)
    await_port "$port"
    "$binary" autobahn --server "ws://127.0.0.1:$port" $deflate >>"$output/client.log" 2>&1 ||
        fail "the client ended with an error; see $output/client.log"
    stop_children
}

mkdir -p "$output"
output=$(cd "$output" && pwd)
prepare_suite
prepare_binary
reports=()
for side in "${sides[@]}"; do
    echo "Running Autobahn against the $side."
    rm -rf "${output:?}/$side"
    "run_${side}_side"
    reports+=("$side=$output/$side/index.json")
done
[[ -n $deflate ]] || reports+=(--plain)
python3 Scripts/Autobahn/report.py "${reports[@]}"
