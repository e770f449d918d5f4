# SPDX-License-Identifier: Apache-2.0

FLOWERS := .build/release/flowers
TOOL := .build/release/vggkit
# Where `make install` puts the command: PREFIX/bin, PREFIX/share.
PREFIX := /usr/local
# Pictures of each kind, and passes over them: make demo DEMO_EPOCHS=4
DEMO_IMAGES := 600
DEMO_EPOCHS := 14
DEMO_RUN := runs/demo

# Those slower than the processor's best; the tests have been through that one already.
INSTRUCTION_SETS := $(shell if grep -qw avx512vl /proc/cpuinfo 2>/dev/null; then echo baseline avx2; \
    elif grep -qw avx2 /proc/cpuinfo 2>/dev/null; then echo baseline; fi)

.PHONY: help install dependencies build demo test docs sanitize check-all bench profile lint format clean

help:
	@echo "make demo       draw a data set, train on it, evaluate, predict: the whole way in a few minutes"
	@echo "make install    put the command vggkit into PREFIX/bin ($(PREFIX)), with its manual and completions"
	@echo "make test       run every test"
	@echo "make docs       build the documentation of every module, with docc"
	@echo "make sanitize   run the tests under the address, undefined-behaviour and thread sanitizers"
	@echo "make check-all  run what takes hours: sanitizers, and fuzzers with a million broken photos"
	@echo "make bench      measure VGGKit and its peers in turn; ONLY=vgg16-inference ROUNDS=3, or QUICK=1, for less"
	@echo "make profile    where the time of a training step and of inference goes"
	@echo "make build      build for release"
	@echo "make lint       check the style; make format mends it"
	@echo "make clean      remove what was built and the demo's run; data/flowers stays"

dependencies:
	@./Scripts/install.sh

build: dependencies
	swift build -c release

# The command with its manual page and what shells complete.
install: dependencies
	swift build -c release
	./Scripts/install-tool make
	./Scripts/install-tool copy "$(PREFIX)"

# Photos that are in data/flowers already are used as they are: they may be the user's own.
demo: build
	@if [ -e data/flowers ]; then echo "using data/flowers as it is; remove it to have it drawn anew"; else \
		$(FLOWERS) synthesize data/flowers --images-per-class $(DEMO_IMAGES) --size 96 --seed 1; \
	fi
	rm -rf data/demo $(DEMO_RUN)
	$(TOOL) split data/flowers data/demo --validation 0.2 --seed 1
	$(TOOL) train data/demo --recipe small --epochs $(DEMO_EPOCHS) --output $(DEMO_RUN) --seed 7
	$(TOOL) evaluate $(DEMO_RUN) data/demo/val
	$(TOOL) predict $(DEMO_RUN) "$$(find data/demo/val -type f | sort | tail -n 1)"
	@echo "The curves are in $(DEMO_RUN)/result: loss.png, acc.png, and both as SVG."

test: dependencies
	swift build -c release --build-tests
	swift test -c release --skip-build
	for set in $(INSTRUCTION_SETS); do VGGKIT_ISA=$$set swift test -c release --skip-build --filter TensorCoreTests || exit 1; done
	./Tests/Scripts/external-package.sh

# Every declaration and the guides, as docc shows them; into .build/docs.
docs: dependencies
	./Scripts/docs

sanitize: dependencies
	./Scripts/sanitize address
	./Scripts/sanitize thread

# For how many seconds kernels are fuzzed, and how often each file is broken: about a million photos in all.
FUZZ_SECONDS := 1800
FUZZ_MUTATIONS := 20000
FUZZ_CASES := 10000

check-all: test sanitize
	./Scripts/fuzz-kernels $(FUZZ_SECONDS)
	./Tests/Scripts/mpi.sh
	./Tests/Scripts/mpi-hosts.sh
	./Tests/Scripts/mpi-kills.sh 50
	VGGKIT_FUZZ_MUTATIONS=$(FUZZ_MUTATIONS) VGGKIT_FUZZ_CASES=$(FUZZ_CASES) \
		swift test -c release --skip-build --filter Fuzz
	VGGKIT_FUZZ_CASES=$(FUZZ_CASES) VGGKIT_FUZZ_MUTATIONS=1000 ./Scripts/sanitize address Fuzz

# All of it writes Docs/Benchmarks.md; a part of it prints its page.
bench: build
	swift build -c release --package-path Benchmarks
	python3 Benchmarks/bench.py \
		$(if $(ONLY)$(QUICK)$(ROUNDS),$(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) $(if $(ROUNDS),--rounds $(ROUNDS)),--write Docs/Benchmarks.md)

# Where the time of VGG-16 goes; writes Docs/Profile.md.
profile: build
	swift build -c release --package-path Benchmarks
	python3 Benchmarks/profile.py Docs/Profile.md

# What has its message in release builds too is check(…); see Sources/Checks.
lint:
	@if grep -rnE --include='*.swift' '(^|[^[:alnum:]_.])(precondition|preconditionFailure|assert|assertionFailure)\(' Sources Examples; then \
		echo "use check(…) or fail(…): the messages of these are lost in release builds" >&2; exit 1; fi
	swift format lint --strict --recursive --parallel Sources Tests Examples Benchmarks/Sources Package.swift Benchmarks/Package.swift

format:
	swift format --in-place --recursive --parallel Sources Tests Examples Benchmarks/Sources Package.swift Benchmarks/Package.swift

clean:
	rm -rf .build .build-external .build-debug .build-sanitize .build-fuzz .build-cuda .build-bundle data/flowers.unfinished data/demo $(DEMO_RUN)
