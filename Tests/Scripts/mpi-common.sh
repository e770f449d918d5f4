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
