#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kills one of several processes that train together, at random moments, again and again: all must end within five seconds with
# a status that is not 0, and the run must go on from where it was.
# mpi-kills.sh COUNT [LAUNCHER]; vggkit has been built for release
set -euo pipefail
cd "$(dirname "$0")/../.."
count=$1
launcher=${2:-mpirun.openmpi}
tool=$PWD/.build/release/vggkit
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe VGGKIT_THREADS=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
.build/release/flowers synthesize "$scratch/photos" --images-per-class 20 --size 48 --seed 1 >/dev/null 2>&1
"$tool" split "$scratch/photos" "$scratch/data" --validation 0.25 --seed 1 >/dev/null
run=$scratch/run

train() {
    local resume=()
    [ ! -e "$run/weights/last.safetensors" ] || resume=(--resume)
    # A killed beginning leaves a folder without a checkpoint, which may be begun again.
    timeout 300 "$launcher" -np 3 "$tool" train "$scratch/data" -o "$run" --batch-size 4 --recipe small --image-size 32 --seed 7 \
        --workers 1 --epochs 60000 "${resume[@]}" "$@" >"$scratch/log" 2>&1
}
fail() {
    echo "mpi-kills.sh: $1" >&2
    tail -n 15 "$scratch/log" >&2
    exit 1
}

# processes OUTPUT: the numbers of those that train into a folder. (Not every system has pgrep.)
processes() {
    local process command
    for process in /proc/[0-9]*; do
        command=$({ tr "\0" " " <"$process/cmdline"; } 2>/dev/null || true)
        [[ $command != "$tool train "*" $1 "* ]] || echo "${process#/proc/}"
    done
}

slowest=0
for number in $(seq "$count"); do
    train &
    launched=$!
    sleep "$(printf "%d.%03d" $((RANDOM % 3)) $((RANDOM % 1000)))"
    while [ "$(processes "$run" | wc -l)" -lt 3 ]; do
        kill -0 "$launched" 2>/dev/null || fail "the run ends by itself"
        sleep 0.05
    done
    victims=($(processes "$run"))
    [ ${#victims[@]} -eq 3 ] || fail "there are ${#victims[@]} processes, not 3"
    begun=$(date +%s%N)
    kill -KILL "${victims[RANDOM % 3]}"
    status=0
    wait "$launched" || status=$?
    took=$((($(date +%s%N) - begun) / 1000000))
    [ "$status" -ne 0 ] || fail "kill $number went unnoticed"
    [ "$took" -lt 5000 ] || fail "kill $number was noticed after $took ms"
    [ "$took" -le "$slowest" ] || slowest=$took
    [ -z "$(processes "$run")" ] || fail "kill $number left processes behind"
done
epochs=$(($(wc -l <"$run/history.csv") - 1))
"$tool" evaluate "$run" "$scratch/data/val" >"$scratch/log" 2>&1 || fail "the last checkpoint does not open"
echo "$launcher: $count kills, the slowest noticed after $slowest ms; the run came to epoch $epochs"
