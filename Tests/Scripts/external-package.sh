#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a package elsewhere that depends on VGGKit, and runs its programs: ten lines, a network of one's own that is trained
# in one program, opened in another and served by a third, and what each of them has to be linked with.
set -euo pipefail
cd "$(dirname "$0")/../.."

swift build --package-path Tests/ExternalPackage --scratch-path .build-external
programs=$(swift build --package-path Tests/ExternalPackage --scratch-path .build-external --show-bin-path)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$programs/TenLines"
"$programs/TrainOwn" "$scratch/run"
"$programs/OpenOwn" "$scratch/run"
"$programs/ServeOwn" "$scratch/run"
"$programs/ReadFile" "$scratch/run/weights/best.safetensors"

# expect_without PROGRAM LIBRARY...
expect_without() {
    local libraries
    libraries=$(ldd "$programs/$1")
    for library in "${@:2}"; do
        if grep -q "lib$library" <<<"$libraries"; then
            echo "$1 is linked with lib$library, which it does not use" >&2
            exit 1
        fi
    done
}
if command -v ldd >/dev/null; then
    expect_without TenLines cairo
    expect_without ReadFile cairo jpeg png
fi
