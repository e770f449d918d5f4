#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of TensorCore, of loading and of training on a GPU that is not there: a driver of our own runs the CUDA
# kernels on the processor (Tests/FakeCUDA). A kernel that the GPU lacks is an error.
# cuda.sh [FILTER]; the tests have been built for release
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(uname)" != Linux ]; then
    echo "cuda.sh: skipped, the driver is for Linux"
    exit 0
fi
./Tests/FakeCUDA/build .build-cuda
export LD_LIBRARY_PATH=$PWD/.build-cuda${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export VGGKIT_CUDA_STRICT=1 VGGKIT_DEVICE=cuda
# Our own kernels alone, then with stand-ins for cuBLAS and cuDNN.
export VGGKIT_CUDA_LIBS=none
swift test -c release --skip-build --filter "${1:-TensorCoreTests|DeviceTrainingTests|DeviceLoadingTests}"
[ $# -eq 0 ] || exit 0
VGGKIT_CUDA_LIBS=$PWD/.build-cuda/libraries VGGKIT_TF32=off swift test -c release --skip-build \
    --filter "Conv2dTests|LinearTests|MatMulTests|CUDALibraryTests"

# From photos to a prediction, by the command.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tool=.build/release/vggkit
.build/release/flowers synthesize "$scratch/photos" --images-per-class 8 --size 48 --seed 1 >/dev/null
"$tool" devices
"$tool" train "$scratch/photos" --validation 0.25 --recipe small --image-size 32 --epochs 1 --seed 7 -o "$scratch/run" \
    --device cuda >"$scratch/log"
grep -q "; cuda:0: Card 100" "$scratch/log"
"$tool" predict "$scratch/run" "$(find "$scratch/photos" -type f | sort | head -n 1)" --device cuda
