#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains with several processes, by Open MPI and by MPICH: as one process does, and with one process killed.
# mpi.sh [LAUNCHER…]: by default those that Debian has, which are installed if they are missing; the tests have been built for
# release. A launcher is a command as mpirun, with its libmpi's path in VGGKIT_MPI where the loader does not find it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. Tests/Scripts/mpi-common.sh
launchers=("$@")
if [ ${#launchers[@]} -eq 0 ]; then
    install_launchers
    launchers=(mpirun.openmpi mpirun.mpich)
fi
draw_photos 12

launch=()
train "$scratch/one" 16 --epochs 2 >"$scratch/one.log" 2>&1 || fail "one process does not train"

for launcher in "${launchers[@]}"; do
    launch=("$launcher" -np 2)
    name=$scratch/$(basename "$launcher")
    train "$name" 8 --epochs 2 >"$name.log" 2>&1 || fail "two processes do not train"
    grep -q "^2 ranks, by " "$name.log" || fail "the ranks are not told of"
    [ "$(grep -c "photos to train on" "$name.log")" -eq 1 ] || fail "other ranks than the first print"
    same_history "$scratch/one" "$name" || fail "two processes do not train as one"
    [ -s "$name/result/report.html" ] || fail "there is no report"

    # Four processes, gradients rounded.
    launch=("$launcher" -np 4)
    train "$name-4" 4 --epochs 1 --gradient-transport bf16 >"$name-4.log" 2>&1 || fail "four processes do not train"

    # A process is killed: all end, and soon. The run goes on from its checkpoint.
    launch=("$launcher" -np 2)
    train "$name-killed" 8 --epochs 100 >"$name-killed.log" 2>&1 &
    launched=$!
    for _ in $(seq 100); do
        [ ! -e "$name-killed/weights/last.safetensors" ] || break
        sleep 0.2
    done
    [ -e "$name-killed/weights/last.safetensors" ] || fail "the run to be killed writes no checkpoint"
    begun=$(date +%s%N)
    victims=($(processes "$name-killed"))
    [ ${#victims[@]} -eq 2 ] || fail "there are ${#victims[@]} processes, not 2"
    kill -KILL "${victims[1]}"
    status=0
    wait "$launched" || status=$?
    [ "$status" -ne 0 ] || fail "a killed process goes unnoticed"
    [ $(($(date +%s%N) - begun)) -lt 5000000000 ] || fail "a killed process is noticed after more than 5 s"
    train "$name-killed" 8 --epochs 100 --resume >"$name-resumed.log" 2>&1 || fail "the killed run does not go on"

    # What goes wrong on one rank is said once, and ends all.
    status=0
    train "$scratch/data/train/daisy/run" 8 --epochs 1 >"$name-wrong.log" 2>&1 || status=$?
    [ "$status" -ne 0 ] || fail "an output among the photos is not refused"
    echo "$launcher: $(grep "ranks, by" "$name.log")"
done

# A launcher of one kind with a library of the other.
if [ $# -eq 0 ]; then
    launch=(mpirun.openmpi -np 2)
    if VGGKIT_MPI=libmpich.so.12 train "$scratch/mixed" 8 --epochs 1 >"$scratch/mixed.log" 2>&1; then
        fail "MPICH's library with Open MPI's launcher is not refused"
    fi
    grep -q "must be of one kind" "$scratch/mixed.log" || fail "the message about a wrong library is missing"
fi
