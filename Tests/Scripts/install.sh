#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Scripts/install.sh on machines that are none: its PATH is a folder of stand-ins for swift, pkg-config, sudo and the package
# managers, which write down what they are asked for.
set -euo pipefail
script=$(cd "$(dirname "$0")/../.." && pwd)/Scripts/install.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# A machine: its own PATH, and a folder `state` of what is there.
machine() {
    name=$1
    bin=$scratch/$name/bin
    state=$scratch/$name/state
    mkdir -p "$bin" "$state"
    for tool in bash env sed tr; do ln -s "$(command -v $tool)" "$bin/$tool"; done
    stub uname "echo ${2:-Linux}"
    stub id "echo ${3:-1000}"
    # Fonts are there once `state/installed` is.
    stub find "[ ! -e '$state/installed' ] || echo font.ttf"
}

# A command of the machine; `$bin` and `$state` are known in it.
stub() {
    printf '#!%s\n%s\n' "$(command -v bash)" "$2" >"$bin/$1"
    "$(command -v chmod)" +x "$bin/$1"
}

swift_is() { stub swift "echo 'Swift version $1 (swift-$1-RELEASE)'"; }

# A package manager, after whose work everything is there.
manager() {
    stub "$1" "echo \"$1 \$*\" >>'$state/calls'
case \"\$*\" in *update*) exit 0 ;; esac
$(command -v touch) '$state/installed'
for tool in pkg-config make git; do $(command -v ln) -sf '$state/tool' '$bin'/\$tool; done"
    printf '#!%s\n[ -e %q ]\n' "$(command -v bash)" "$state/installed" >"$state/tool"
    "$(command -v chmod)" +x "$state/tool"
}

everything_is_there() {
    manager apt-get
    "$bin/apt-get" install
    rm "$state/calls"
}

run() {
    status=0
    output=$(PATH=$bin "$bin/bash" "$script" 2>&1 </dev/null) || status=$?
    calls=$(cat "$state/calls" 2>/dev/null || true)
}

problem() {
    echo "$name: $1" >&2
    printf '    status %s\n    said: %s\n    called: %s\n' "$status" "$output" "$calls" >&2
    failures=$((failures + 1))
}

status_is() { [ "$status" -eq "$1" ] || problem "status should be $1"; }
says() { for text in "$@"; do [[ $output == *"$text"* ]] || problem "should say: $text"; done; }
says_nothing() { [ -z "$output" ] || problem "should say nothing"; }
calls() { for text in "$@"; do [[ $calls == *"$text"* ]] || problem "should call: $text"; done; }
calls_nothing() { [ -z "$calls" ] || problem "should call nothing"; }

machine complete
swift_is 6.3.1
everything_is_there
run
status_is 0
says_nothing
calls_nothing

machine swift-lacks-libraries
stub swift 'echo "swift: error while loading shared libraries: libncurses.so.6: cannot open" >&2; exit 127'
everything_is_there
run
status_is 1
says "swift does not start" "libncurses.so.6" "https://www.swift.org/install" "apt-get install"

machine swift-is-silent
stub swift 'exit 127'
everything_is_there
run
status_is 1
says "swift does not start: it says nothing"

machine swift-speaks-otherwise
stub swift 'echo hello'
everything_is_there
run
status_is 1
says "does not say which version it is: hello"

for version in 5.10.1 6.0.3; do
    machine "swift-$version"
    swift_is $version
    everything_is_there
    run
    status_is 1
    says "Swift ${version%.*} is too old" "6.1 or newer"
done

machine swift-of-two-digits
swift_is 10.0
everything_is_there
run
status_is 0
says_nothing

machine no-swift
everything_is_there
run
status_is 1
says "swift is not on the PATH"

machine no-swift-and-no-packages
manager apt-get
run
status_is 1
says "swift is not on the PATH" "packages are missing, too" "apt-get install" libopenblas-dev
calls_nothing

machine user-without-sudo
swift_is 6.1
manager apt-get
run
status_is 1
says "as root" "apt-get update -qq && apt-get install -y" libopenblas-dev libjpeg-dev libpng-dev libcairo2-dev \
    zlib1g-dev pkg-config make git fonts-dejavu-core
calls_nothing

# Afterwards root types the line, or runs the script, where Swift is on the user's PATH only.
machine root-without-swift Linux 0
manager apt-get
run
status_is 0
says "the packages are there" "another user"
calls "apt-get update" "libopenblas-dev" "git"

machine root-without-anything-to-do Linux 0
everything_is_there
run
status_is 1
says "swift is not on the PATH"

machine user-with-sudo
swift_is 6.1
manager apt-get
stub sudo "echo \"sudo \$*\" >>'$state/calls'; \"\$@\""
run
status_is 0
calls "sudo env" "apt-get update -qq" "apt-get install -y --no-install-recommends libopenblas-dev"

machine user-who-may-not-sudo
swift_is 6.1
manager apt-get
stub sudo 'echo "user is not in the sudoers file" >&2; exit 1'
run
status_is 1
says "not in the sudoers file" "that did not work" "apt-get install -y"
calls_nothing

machine git-is-missing Linux 0
swift_is 6.1
everything_is_there
rm "$bin/git"
run
status_is 0
calls "apt-get install -y --no-install-recommends git"
[[ $calls != *openblas* ]] || problem "should not install what is there"

machine fedora Linux 0
swift_is 6.1
manager dnf
run
status_is 0
calls "dnf install -y openblas-devel libjpeg-turbo-devel libpng-devel cairo-devel zlib-devel pkgconf-pkg-config make git dejavu-sans-fonts"

machine arch Linux 0
swift_is 6.1
manager pacman
run
status_is 0
calls "pacman -S --needed --noconfirm openblas libjpeg-turbo libpng cairo zlib pkgconf make git ttf-dejavu"

machine another-linux
swift_is 6.1
run
status_is 1
says "with your package manager" "openblas" "make" "git"

machine another-linux-with-everything
swift_is 6.1
everything_is_there
rm "$bin/apt-get"
run
status_is 0
says_nothing

# What Homebrew keeps out of pkg-config's way counts as there.
machine mac Darwin 501
swift_is 6.1
everything_is_there
rm "$bin/apt-get"
stub brew "[ \"\$1\" = --prefix ] && echo /opt/homebrew && exit; echo \"brew \$*\" >>'$state/calls'"
# shellcheck disable=SC2016
stub pkg-config '[[ $PKG_CONFIG_PATH == */opt/homebrew/opt/openblas/lib/pkgconfig* ]]'
run
status_is 0
says_nothing
calls_nothing

machine mac-without-libraries Darwin 501
swift_is 6.1
manager brew
stub brew "[ \"\$1\" = --prefix ] && echo /opt/homebrew && exit; echo \"brew \$*\" >>'$state/calls'
$(command -v touch) '$state/installed'"
for tool in pkg-config make git; do ln -s "$state/tool" "$bin/$tool"; done
run
status_is 0
calls "brew install openblas jpeg-turbo libpng cairo zlib"

machine windows MINGW64_NT
swift_is 6.1
run
status_is 1
says "MINGW64_NT is not supported"

if [ "$failures" -gt 0 ]; then
    echo "$failures expectations of install.sh were not met" >&2
    exit 1
fi
echo "install.sh does what it should on every machine"
