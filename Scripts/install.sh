#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what VGGKit is built with, if it is missing. Says nothing when all is there.
set -euo pipefail

fail() {
    echo "install: $1" >&2
    exit 1
}

command -v swift >/dev/null || fail "swift is not on the PATH; version 6.1 or newer is at https://www.swift.org/install"
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
read -r major minor <<<"${version:-0 0}"
if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 1 ]; }; then
    fail "Swift ${version/ /.} is too old; version 6.1 or newer is at https://www.swift.org/install"
fi

has_libraries() {
    command -v pkg-config >/dev/null && pkg-config --exists openblas libjpeg libpng cairo zlib
}

case "$(uname -s)" in
Darwin)
    has_libraries && exit 0
    command -v brew >/dev/null || fail "Homebrew is missing; it is at https://brew.sh"
    brew install pkg-config openblas jpeg-turbo libpng cairo zlib
    echo "OpenBLAS and zlib are keg-only: export PKG_CONFIG_PATH=\"$(brew --prefix openblas)/lib/pkgconfig:$(brew --prefix zlib)/lib/pkgconfig:\$PKG_CONFIG_PATH\""
    ;;
Linux)
    has_font() { [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ]; }
    command -v apt-get >/dev/null || {
        has_libraries && exit 0
        fail "install pkg-config and the development files of OpenBLAS, libjpeg, libpng, cairo and zlib with your package manager"
    }
    has_libraries && has_font && command -v make >/dev/null && exit 0
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "packages are missing and sudo is too; run this as root"
        sudo=sudo
    fi
    echo "install: adding libopenblas-dev libjpeg-dev libpng-dev libcairo2-dev zlib1g-dev pkg-config fonts-dejavu-core make"
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        libopenblas-dev libjpeg-dev libpng-dev libcairo2-dev zlib1g-dev pkg-config fonts-dejavu-core make >/dev/null
    has_libraries || fail "the packages are installed, but pkg-config does not find openblas, libjpeg, libpng, cairo and zlib"
    ;;
*)
    fail "$(uname -s) is not supported; Linux and macOS are"
    ;;
esac
