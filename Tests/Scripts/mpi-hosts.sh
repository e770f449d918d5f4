#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains with four processes on two hosts: network namespaces of this machine, with names of their own, joined by a cable that is
# as fast as it gets, that passes 100 Mbit/s, or that loses a packet of a hundred. mpi-hosts.sh [fast|slow|lossy…]
set -euo pipefail
cd "$(dirname "$0")/../.."
. Tests/Scripts/mpi-common.sh
networks=("$@")
[ ${#networks[@]} -gt 0 ] || networks=(fast slow lossy)

skip() {
    echo "mpi-hosts.sh: skipped, $1"
    exit 0
}
[ "$(id -u)" -eq 0 ] || skip "only root makes network namespaces"
install_launchers
for command in ip tc iptables; do
    if ! command -v $command >/dev/null && command -v apt-get >/dev/null; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 iptables >/dev/null
    fi
    command -v $command >/dev/null || skip "$command is not there"
done

hosts=(vggkit-a vggkit-b)
remove_hosts() {
    for host in "${hosts[@]}"; do ip netns del "$host" 2>/dev/null || true; done
}
trap 'remove_hosts; rm -rf "$scratch"' EXIT
remove_hosts
ip netns add vggkit-a 2>/dev/null || skip "this system makes no network namespaces"
ip netns add vggkit-b
ip link add vggkit-a0 netns vggkit-a type veth peer name vggkit-b0 netns vggkit-b || skip "this system makes no veth pairs"
number=0
for host in "${hosts[@]}"; do
    number=$((number + 1))
    ip -n "$host" addr add "10.77.0.$number/24" dev "${host}0"
    ip -n "$host" link set lo up
    ip -n "$host" link set "${host}0" up
done

# What the launchers call in place of ssh: [OPTION…] HOST COMMAND…
cat >"$scratch/agent" <<'AGENT'
#!/usr/bin/env bash
while [[ $1 == -* ]]; do shift; done
name=vggkit-$([ "$1" = 10.77.0.1 ] && echo a || echo b)
shift
exec ip netns exec "$name" unshare --uts bash -c "hostname $name; exec $*"
AGENT
chmod +x "$scratch/agent"
printf '10.77.0.%d slots=2\n' 1 2 >"$scratch/hosts"
printf '10.77.0.%d:2\n' 1 2 >"$scratch/hosts.mpich"
network=10.77.0.0/24
first=(ip netns exec vggkit-a unshare --uts bash -c 'hostname vggkit-a; exec "$@"' -)
openmpi=("${first[@]}" mpirun.openmpi -np 4 --hostfile "$scratch/hosts" --mca plm_rsh_agent "$scratch/agent"
    --mca btl_tcp_if_include "$network" --mca oob_tcp_if_include "$network" --bind-to none)
mpich=("${first[@]}" mpirun.mpich -np 4 -f "$scratch/hosts.mpich" -launcher ssh -launcher-exec "$scratch/agent"
    -localhost 10.77.0.1)

set_network() {
    for host in "${hosts[@]}"; do
        ip netns exec "$host" tc qdisc del dev "${host}0" root 2>/dev/null || true
        ip netns exec "$host" iptables -F INPUT 2>/dev/null || true
    done
    case $1 in
    fast) ;;
    slow)
        for host in "${hosts[@]}"; do
            ip netns exec "$host" tc qdisc add dev "${host}0" root tbf rate 100mbit burst 64kbit latency 50ms || skip "tc limits no rates here"
        done
        ;;
    lossy)
        for host in "${hosts[@]}"; do
            ip netns exec "$host" iptables -A INPUT -i "${host}0" -m statistic --mode random --probability 0.01 -j DROP ||
                skip "iptables loses no packets here"
        done
        ;;
    *) fail "there is no network '$1'" ;;
    esac
}

draw_photos 24
launch=()
train "$scratch/one" 16 --epochs 2 >"$scratch/one.log" 2>&1 </dev/null || fail "one process does not train"
for network in "${networks[@]}"; do
    set_network "$network"
    for library in openmpi mpich; do
        declare -n command=$library
        launch=("${command[@]}")
        name=$scratch/$library-$network
        begun=$SECONDS
        train "$name" 4 --epochs 2 >"$name.log" 2>&1 </dev/null || fail "four processes on two hosts do not train"
        grep -q "^4 ranks, 2 on this host, by " "$name.log" || fail "the ranks are not on two hosts"
        same_history "$scratch/one" "$name" || fail "four processes on two hosts do not train as one"
        echo "$library, $network network: as one process, $((SECONDS - begun)) s"
    done
done
