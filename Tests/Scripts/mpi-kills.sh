#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kills one of several processes that train together, at random moments, again and again: all must end within five seconds with
# a status that is not 0, and the run must go on from where it was.
# mpi-kills.sh COUNT [LAUNCHER]; vggkit has been built for release
set -euo pipefail
cd "$(dirname "$0")/../.."
count=$1
launcher=${2:-mpirun.openmpi}
. Tests/Scripts/mpi-common.sh
draw_photos 20
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
