# SPDX-License-Identifier: Apache-2.0
# What the scripts about several processes share; to be sourced in the project's folder. vggkit has been built for release.
tool=$PWD/.build/release/vggkit
# Containers are often root's, and have fewer processors than there are ranks here.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe VGGKIT_THREADS=1

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# draw_photos COUNT: so many of each class, split, in $scratch/data
draw_photos() {
    .build/release/flowers synthesize "$scratch/photos" --images-per-class "$1" --size 48 --seed 1 >/dev/null 2>&1
    "$tool" split "$scratch/photos" "$scratch/data" --validation 0.25 --seed 1 >/dev/null
}

# processes OUTPUT: the numbers of those that train into a folder. (Not every system has pgrep.)
processes() {
    local process command
    for process in /proc/[0-9]*; do
        command=$({ tr "\0" " " <"$process/cmdline"; } 2>/dev/null || true)
        [[ $command != "$tool train "*" $1 "* ]] || echo "${process#/proc/}"
    done
}

# train OUTPUT BATCH [OPTION…]: a network without normalisation, whose gradients are the same however a batch is divided.
options=(--recipe small --no-batch-normalization --image-size 32 --seed 7 --workers 1)
train() { timeout 300 "${launch[@]}" "$tool" train "$scratch/data" -o "$1" --batch-size "$2" "${options[@]}" "${@:3}"; }

fail() {
    echo "$(basename "$0"): ${launch[*]}: $1" >&2
    for log in "$scratch"/*.log; do echo "-- $log" >&2; tail -n 15 "$log" >&2; done
    exit 1
}

# The epochs' losses and accuracies of two runs are the same but for rounding.
same_history() {
    paste -d, "$1/history.csv" "$2/history.csv" | awk -F, '
        NR == 1 { n = NF / 2; next }
        { for (i = 1; i <= n; i++) { d = $i - $(i + n); if (d < 0) d = -d; if (d > 1e-3) exit 1 } }
        END { if (NR < 2) exit 1 }'
}

# install_launchers: Open MPI and MPICH as Debian has them; ends the script where there is no apt-get.
install_launchers() {
    if command -v mpirun.openmpi >/dev/null && command -v mpirun.mpich >/dev/null; then return; fi
    if ! command -v apt-get >/dev/null; then
        echo "$(basename "$0"): skipped, mpirun.openmpi and mpirun.mpich are not there"
        exit 0
    fi
    local run
    run=$([ "$(id -u)" -eq 0 ] || echo sudo)
    $run apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends openmpi-bin libopenmpi3 mpich "$@" >/dev/null
}
