#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that the PTX in the repository is what the CUDA kernels compile to, and that it assembles for each architecture. The
# compilers come from PyPI; no GPU is needed.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! python3 -m pip --version >/dev/null 2>&1 || [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "cuda-kernels.sh: skipped, it takes pip and Linux on x86-64"
    exit 0
fi
packages=$PWD/.build-cuda/python
if [ ! -e "$packages/nvidia" ]; then
    python3 -m pip install --quiet --target "$packages" --no-deps nvidia-cuda-nvrtc-cu11==11.8.89 nvidia-cuda-nvcc-cu12==12.9.86
fi
PYTHONPATH=$packages ./Scripts/make-ptx --check
