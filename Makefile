# Two commands do everything: `make demo` and `make test`. Each sets up what it needs, and is quick the second time.

PYTHON ?= $(if $(filter Windows_NT,$(OS)),python,python3)
# The tests start many interpreters, which would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
VERSION ?= 3.14t
THREADS ?= 4
ITERATIONS ?= 2

# Environments: .venv is free-threaded 3.14, .venv-3.14 its GIL-enabled twin, which also holds the linters; .venv-bench is
# free-threaded 3.14 with the peers that ungil is measured against, and ungil as its users install it; .venv-peer is
# GIL-enabled 3.14 with tree-sitter and threadcheck, and nothing else; .venv-released is free-threaded 3.14 with wheels of others
# to hammer; .venv-browser is free-threaded 3.14 with what drives a browser, and without ungil.
FREE := .venv
GIL := .venv-3.14
BENCH := .venv-bench
PEER := .venv-peer
RELEASED := .venv-released
BROWSER := .venv-browser
BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
ENVIRONMENT = $(if $(filter 3.14t,$(VERSION)),.venv,.venv-$(VERSION))

# uv: the one on PATH, or one from the index in an environment of its own.
UV_ON_PATH := $(shell command -v uv)
UV := $(or $(UV_ON_PATH),$(CURDIR)/.tools/bin/uv)
UV_INSTALLED := $(if $(UV_ON_PATH),,.tools/bin/uv)
# Like pip and apt, uv trusts the certificates that the machine trusts.
export UV_SYSTEM_CERTS ?= 1

INTERPRETER := PATH="$(dir $(UV)):$$PATH" $(PYTHON) python/ungil/interpreter.py
NATIVE := CMakeLists.txt pyproject.toml python/ungil/__init__.py $(wildcard src/*.hpp src/*/*.hpp src/*/*.cpp)

IN_PARALLEL := -p ungil.stress.parallel --parallel-threads=$(THREADS) --iterations=$(ITERATIONS)
SERIALLY := -W error

.DEFAULT_GOAL := help
.PHONY: help demo test test-browser test-version bench-sync bench-audit bench-hammer bench-released bench-fix bench-port bench-wheels bench-python \
        bench-ci fuzz wheels lint lint-ruff lint-format lint-mypy lint-stubs lint-clang-format \
        lint-imports lint-pyproject lint-workflows format docs clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1	\2/' | expand -t 18

demo: $(FREE)/.built ## See one extension before and after: audited, raced, built as a wheel
	@UV="$(UV)" $(FREE)/$(BIN)/python examples/demo.py

test: $(FREE)/.built $(GIL)/.built ## Every test in parallel threads without the GIL, then serially, then on the GIL-enabled build
	$(FREE)/$(BIN)/python -W error tests/prove_gil_off.py
	$(FREE)/$(BIN)/pytest $(IN_PARALLEL) --parallel-all --junit-xml=build/tests/parallel.xml
	$(FREE)/$(BIN)/pytest $(SERIALLY) --junit-xml=build/tests/serial.xml
	$(GIL)/$(BIN)/pytest $(SERIALLY) --junit-xml=build/tests/gil.xml
	$(FREE)/$(BIN)/python tests/every_test_ran.py build/tests/*.xml
	@if $(FIND_CHROMIUM) >/dev/null; then $(MAKE) --no-print-directory test-browser; \
	  elif test "$${UNGIL_BROWSER:-}" = required; then exit 2; else echo "The browser checks were not run"; fi

FIND_CHROMIUM := $(PYTHON) tests/browser/chromium.py

test-browser: ## The HTML report in a headless Chromium: $$CHROMIUM, one on PATH, or Debian's; make test does it last, if there is one
	@$(FIND_CHROMIUM) >/dev/null
	@$(MAKE) --no-print-directory $(FREE)/.built $(BROWSER)/.made
	@$(FREE)/$(BIN)/python -m tests.report.evidence.samples build/browser
	CHROMIUM="$$($(FIND_CHROMIUM))" $(BROWSER)/$(BIN)/pytest tests/browser

test-version: ## The tests on one version: make test-version VERSION=3.15t
	@$(MAKE) --no-print-directory $(ENVIRONMENT)/.built
	$(if $(filter %t,$(VERSION)),$(ENVIRONMENT)/$(BIN)/python -W error tests/prove_gil_off.py)
	$(if $(filter %t,$(VERSION)),$(ENVIRONMENT)/$(BIN)/pytest $(IN_PARALLEL))
	$(ENVIRONMENT)/$(BIN)/pytest $(SERIALLY)

bench-sync: $(BENCH)/.built ## Measure the primitives beside their peers, and write docs/primitives-speed.*; QUICK=1 for a look
	$(BENCH)/$(BIN)/python -m benchmarks.sync $(if $(QUICK),--quick,--write docs)

bench-audit: $(BENCH)/.built $(PEER)/.made ## Measure the audit beside tree-sitter, and write docs/audit-speed.*; QUICK=1 for a look
	$(BENCH)/$(BIN)/python -m benchmarks.audit --peer $(PEER)/$(BIN)/python $(if $(QUICK),--quick,--write docs)

bench-hammer: $(BENCH)/.built ## Measure what finds races beside the hammer's peers, and write docs/hammer-measured.*; QUICK=1 for a look
	$(BENCH)/$(BIN)/python -m benchmarks.hammer $(if $(QUICK),--quick,--write docs)

bench-released: $(RELEASED)/.built ## Hammer released wheels, and write docs/hammer-released.*; QUICK=1 for a look
	$(RELEASED)/$(BIN)/python -m benchmarks.released $(if $(QUICK),--budget 5,--write docs)

bench-fix: $(BENCH)/.built $(PEER)/.made ## Fix released packages, build and test them, and write docs/fix-measured.*; QUICK=1 for a look
	UV="$(UV)" $(BENCH)/$(BIN)/python -m benchmarks.fix --gil $(PEER)/$(BIN)/python $(if $(QUICK),--quick,--write docs)

bench-port: $(FREE)/.built ## Take released packages the whole road, and write docs/port-measured.*; QUICK=1 for a look
	PATH="$(dir $(UV)):$$PATH" $(FREE)/$(BIN)/python -m benchmarks.port $(if $(QUICK),--only lru-dict,--write docs)

bench-wheels: $(FREE)/.built ## Check released wheels, and write docs/wheels-checked.*; QUICK=1 for a look
	$(FREE)/$(BIN)/python -m benchmarks.wheels $(if $(QUICK),--quick,--write docs)

bench-python: $(FREE)/.built $(PEER)/.made ## Apply the rules about Python to released packages, and write docs/python-rules.*; QUICK=1 for a look
	$(FREE)/$(BIN)/python -m benchmarks.python_rules --threadcheck $(PEER)/$(BIN)/threadcheck $(if $(QUICK),--quick,--write docs)

bench-ci: $(FREE)/.built ## Apply the rules about build and CI files to released projects, and write docs/ci-rules.*; QUICK=1 for a look
	$(FREE)/$(BIN)/python -m benchmarks.ci_rules $(if $(QUICK),--quick,--write docs)

# The scanner without what Python sees of it. Release checks of the standard library are on; leaks are errors.
FUZZED := tests/fuzz/scan.cpp $(filter-out src/scan/bind_%.cpp src/scan/module.cpp,$(wildcard src/scan/*.cpp))
SANITIZED := -std=c++17 -g -O1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS -Isrc -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_SECONDS ?= 60
FUZZ_COUNT ?= 2000
FUZZ_FILES ?= $(wildcard src/*.hpp src/*/*.hpp src/*/*.cpp tests/ext/*.c tests/ext/*.cpp benchmarks/sync/*.c)

fuzz: $(FREE)/.built ## Mutated files through the scanner, under sanitizers, with clang++ also libFuzzer; mutated libraries through wheel check
	@$(FREE)/$(BIN)/python -m tests.fuzz.wheels $(FUZZ_COUNT)
	@mkdir -p build/fuzz/corpus
	@echo "Building the scanner with sanitizers"
	@$(or $(CXX),g++) $(SANITIZED) tests/fuzz/mutate.cpp $(FUZZED) -pthread -o build/fuzz/mutate
	@cd build/fuzz && ./mutate $(FUZZ_COUNT) $(abspath $(FUZZ_FILES))
	@command -v clang++ >/dev/null || { echo "There is no clang++: libFuzzer is left out"; exit 0; }; set -e; \
	  clang++ $(SANITIZED) -fsanitize=fuzzer $(FUZZED) -pthread -o build/fuzz/libfuzzer; cd build/fuzz; \
	  ./libfuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=2048 -max_len=20000 -print_final_stats=1 \
	    corpus $(sort $(abspath $(dir $(FUZZ_FILES))))

wheels: $(FREE)/.built ## Build, repair, check and test ungil's own wheels into wheelhouse/; WHEELS=3.14t for one of them
	@UV="$(UV)" $(FREE)/$(BIN)/python release/wheels.py $(WHEELS)

lint: lint-ruff lint-format lint-mypy lint-stubs lint-clang-format lint-imports lint-pyproject lint-workflows ## Every check that reads only

lint-ruff: $(GIL)/.built
	$(GIL)/$(BIN)/ruff check --quiet

lint-format: $(GIL)/.built
	$(GIL)/$(BIN)/ruff format --quiet --check --diff

lint-mypy: $(GIL)/.built
	$(GIL)/$(BIN)/mypy --no-error-summary

lint-stubs: $(GIL)/.built
	$(GIL)/$(BIN)/python -m mypy.stubtest ungil._sync ungil._scan ungil._hammer --allowlist tests/stubs_allowed.txt

lint-clang-format: $(GIL)/.built
	git ls-files '*.c' '*.cpp' '*.hpp' '*.h' | xargs $(GIL)/$(BIN)/clang-format --dry-run --Werror

lint-imports: $(GIL)/.built
	$(GIL)/$(BIN)/lint-imports --no-logo

lint-pyproject: $(GIL)/.built
	$(GIL)/$(BIN)/validate-pyproject pyproject.toml

lint-workflows: $(GIL)/.built
	$(GIL)/$(BIN)/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(GIL)/$(BIN)/check-jsonschema -q --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml
	$(GIL)/$(BIN)/check-jsonschema -q --builtin-schema vendor.dependabot .github/dependabot.yml
	$(GIL)/$(BIN)/check-jsonschema -q --builtin-schema vendor.github-actions action.yml
	$(GIL)/$(BIN)/zizmor -q --offline --persona=auditor --strict-collection .github action.yml .pre-commit-config.yaml

format: $(GIL)/.built ## Rewrite sources the way the checks want them
	$(GIL)/$(BIN)/ruff check --quiet --fix
	$(GIL)/$(BIN)/ruff format --quiet
	git ls-files '*.c' '*.cpp' '*.hpp' '*.h' | xargs $(GIL)/$(BIN)/clang-format -i

docs: $(FREE)/.built ## Write what the documentation takes from the source, and a page for each rule to build/docs
	$(FREE)/$(BIN)/python docs/derived.py
	$(FREE)/$(BIN)/python docs/build.py build/docs

clean: ## Remove what was built, and the environments
	rm -rf build dist wheelhouse .tools .venv .venv-3.1* $(BENCH) $(PEER) $(RELEASED) $(BROWSER)

# ---- What the targets above stand on -----------------------------------------------------------------------------------

# Two makes in one clone wait for each other; whoever comes second finds the work done.
LOCKED := $(if $(shell command -v flock),flock .make.lock)

# A Python that cannot make environments is replaced by the one that is got anyway.
.tools/bin/uv:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): install Python 3.9 or newer, or set PYTHON=" >&2; exit 2; }
	@$(LOCKED) sh -ec 'test ! -x $@ || exit 0; echo "Installing uv"; \
	  $(PYTHON) -m venv --clear "$(CURDIR)/.tools" >/dev/null 2>&1 || \
	    { python=$$($(INTERPRETER) 3.14t); "$$python" -m venv --clear "$(CURDIR)/.tools"; }; \
	  .tools/bin/python -m pip install --quiet --disable-pip-version-check uv'

# .venv, .venv-bench, .venv-released and .venv-browser hold 3.14t, .venv-X holds X. An environment without its stamp was interrupted, and is made anew.
version = $(or $(patsubst .venv-%,%,$(filter-out $(BENCH) $(RELEASED) $(BROWSER),$(filter .venv-%,$*))),3.14t)
$(PEER)/.made: version := 3.14
$(PEER)/.made: groups := --group peer
$(BROWSER)/.made: groups := --group browser
groups = --group build $(if $(filter $(BENCH),$*),--group bench,$(if $(filter $(RELEASED),$*),--group released,--group test)) \
         $(if $(filter $(FREE) $(GIL),$*),--group ship --group template) $(if $(filter $(GIL),$*),--group lint)
# An editable install looks for its sources at each start and each import, which is not what is to be measured.
itself = $(if $(filter $(BENCH) $(RELEASED),$*),--reinstall-package ungil -C build-dir=build/$* .,-e .)

.PRECIOUS: %/.made
%/.made: pyproject.toml | $(UV_INSTALLED)
	@command -v $${CXX:-g++} >/dev/null || command -v c++ >/dev/null || \
	  { echo "There is no C++ compiler: install one (on Debian: apt install g++), or set CXX to its name" >&2; exit 2; }
	@$(LOCKED) sh -ec 'test ! $@ -nt $< || exit 0; \
	  test -e $@ || { python=$$($(INTERPRETER) $(version)); "$(UV)" venv --quiet --clear --python "$$python" $*; }; \
	  echo "Installing the development tools into $*"; \
	  "$(UV)" pip install --quiet --python $*/$(BIN)/python $(groups); touch $@'

%/.built: %/.made $(NATIVE)
	@$(LOCKED) sh -ec 'echo "Building ungil into $*"; \
	  "$(UV)" pip install --quiet --python $*/$(BIN)/python --no-build-isolation -C cmake.define.UNGIL_WERROR=ON $(itself); touch $@'
