# SPDX-License-Identifier: Apache-2.0

FLOWERS := .build/release/flowers
DEMO_IMAGES := 150
DEMO_EPOCHS := 8

# Those slower than the processor's best; the tests have been through that one already.
INSTRUCTION_SETS := $(shell if grep -qw avx512vl /proc/cpuinfo 2>/dev/null; then echo baseline avx2; \
    elif grep -qw avx2 /proc/cpuinfo 2>/dev/null; then echo baseline; fi)

.PHONY: help install build demo test lint format clean

help:
	@echo "make demo    draw a data set, train on it, evaluate, predict: the whole way in a few minutes"
	@echo "make test    run every test"
	@echo "make build   build for release"
	@echo "make lint    check the style; make format mends it"
	@echo "make clean   remove what was built and what the demo made"

install:
	@./Scripts/install.sh

build: install
	swift build -c release

demo: build
	rm -rf data/flowers data/split runs/demo
	$(FLOWERS) synthesize data/flowers --images-per-class $(DEMO_IMAGES) --size 96 --seed 1
	$(FLOWERS) split data/flowers data/split --validation 0.2 --seed 1
	$(FLOWERS) train data/split --recipe small --epochs $(DEMO_EPOCHS) --output runs/demo --seed 7
	$(FLOWERS) evaluate runs/demo data/split/val
	$(FLOWERS) predict runs/demo "$$(ls data/split/val/sunflowers/* | head -n 1)"
	@echo "The curves are in runs/demo/result: loss.png, acc.png, and both as SVG."

test: install
	swift build -c release --build-tests
	swift test -c release --skip-build
	for set in $(INSTRUCTION_SETS); do VGGKIT_ISA=$$set swift test -c release --skip-build --filter TensorCoreTests || exit 1; done
	swift run --package-path Tests/ExternalPackage --scratch-path .build-external TenLines

lint:
	swift format lint --strict --recursive --parallel Sources Tests Examples Package.swift

format:
	swift format --in-place --recursive --parallel Sources Tests Examples Package.swift

clean:
	rm -rf .build .build-external .build-debug data/flowers data/split runs/demo
