#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what VGGKit is built with, if it is missing. Says nothing when all is there.
set -euo pipefail

say() { echo "install: $1" >&2; }
fail() {
    say "$1"
    exit 1
}

libraries="openblas libjpeg libpng cairo zlib"

# What a library or tool is called by a package manager.
package() {
    case "$1:$2" in
    apt-get:openblas) echo libopenblas-dev ;;
    apt-get:libjpeg) echo libjpeg-dev ;;
    apt-get:libpng) echo libpng-dev ;;
    apt-get:cairo) echo libcairo2-dev ;;
    apt-get:zlib) echo zlib1g-dev ;;
    apt-get:font) echo fonts-dejavu-core ;;
    dnf:openblas) echo openblas-devel ;;
    dnf:libjpeg) echo libjpeg-turbo-devel ;;
    dnf:libpng) echo libpng-devel ;;
    dnf:cairo) echo cairo-devel ;;
    dnf:zlib) echo zlib-devel ;;
    dnf:font) echo dejavu-sans-fonts ;;
    dnf:pkg-config) echo pkgconf-pkg-config ;;
    pacman:libjpeg) echo libjpeg-turbo ;;
    pacman:font) echo ttf-dejavu ;;
    pacman:pkg-config) echo pkgconf ;;
    brew:libjpeg) echo jpeg-turbo ;;
    *) echo "$2" ;;
    esac
}

has() { command -v "$1" >/dev/null 2>&1; }
has_library() { has pkg-config && pkg-config --exists "$1"; }
# Plots and reports are written with whatever font is there.
has_font() { [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name '*.[ot]t[fc]' -print -quit 2>/dev/null)" ]; }

# The packages that are missing, as `manager` calls them.
missing() {
    local tools="pkg-config make git" name
    for name in $libraries; do has_library "$name" || package "$manager" "$name"; done
    for name in $tools; do has "$name" || package "$manager" "$name"; done
    [ "$system" = Darwin ] || has_font || package "$manager" font
}

# What is wrong with Swift, in words; nothing if it is new enough.
swift_problem() {
    local output version major minor where="version 6.1 or newer is at https://www.swift.org/install"
    if ! has swift; then
        echo "swift is not on the PATH; $where"
    elif ! output=$(swift --version 2>&1); then
        echo "swift does not start: ${output:-it says nothing}"
        echo "What it needs beside its own files is listed at https://www.swift.org/install, for each system."
        [ "$manager" != apt-get ] || echo "Mostly this does it: apt-get install binutils-gold g++ git libcurl4-openssl-dev libedit-dev libncurses-dev libpython3-dev libsqlite3-dev libxml2-dev libz3-dev tzdata unzip zlib1g-dev"
    else
        version=$(sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' <<<"$output")
        read -r major minor <<<"${version:-0 0}"
        if [ "$major" -eq 0 ]; then
            echo "swift --version does not say which version it is: $output"
        elif [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 1 ]; }; then
            echo "Swift $major.$minor is too old; $where"
        fi
    fi
}

system=$(uname -s)
manager=""
case "$system" in
Darwin)
    manager=brew
    # Homebrew keeps these out of pkg-config's way; SwiftPM finds them by itself.
    if has brew; then
        PKG_CONFIG_PATH="$(brew --prefix)/opt/openblas/lib/pkgconfig:$(brew --prefix)/opt/zlib/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
        export PKG_CONFIG_PATH
    fi
    ;;
Linux)
    for name in apt-get dnf pacman; do
        if has "$name"; then
            manager=$name
            break
        fi
    done
    ;;
*) fail "$system is not supported; Linux and macOS are" ;;
esac

packages=$(missing | tr '\n' ' ')
packages=${packages% }
problem=$(swift_problem)
user=$(id -u)

case "$manager" in
# Recommended packages would bring a desktop's worth of fonts and tools.
apt-get) command="apt-get install -y --no-install-recommends $packages" update="apt-get update -qq" ;;
dnf) command="dnf install -y $packages" update="" ;;
pacman) command="pacman -S --needed --noconfirm $packages" update="" ;;
brew) command="brew install $packages" update="" ;;
*) command="" update="" ;;
esac
line="    ${update:+$update && }$command"

# Root installs packages for whoever has Swift.
if [ -n "$problem" ] && { [ -z "$packages" ] || [ "$user" -ne 0 ] || has swift; }; then
    say "$problem"
    [ -z "$command" ] || [ -z "$packages" ] || say "packages are missing, too: as root, type
$line"
    exit 1
fi
[ -n "$packages" ] || exit 0
[ -n "$command" ] || fail "with your package manager, install pkg-config, make, git, a font and the development files of OpenBLAS, libjpeg, libpng, cairo and zlib; what is missing: $packages"

sudo=""
if [ "$manager" = brew ]; then
    has brew || fail "Homebrew is missing; it is at https://brew.sh. Then type
$line"
elif [ "$user" -ne 0 ]; then
    has sudo || fail "packages are missing, and there is no sudo: type this as root, and then make again as yourself
$line"
    sudo=sudo
fi

say "adding $packages"
run() {
    # Split into words on purpose: these are words of ours.
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive $1 >/dev/null || fail "that did not work; if it takes root, type this as root, and then make again as yourself
$line"
}
[ -z "$update" ] || run "$update"
run "$command"

for name in $libraries; do
    has_library "$name" || fail "the packages are installed, but pkg-config does not find $name"
done
[ -z "$problem" ] || say "the packages are there. $problem; if another user has it, build as that one"
