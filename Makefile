# `make`            set up, then build the default decoder, prove it, synthesise it, print a table
# `make test`       set up, then the test suite (without the tests marked slow)
# `make test-slow`  set up, then only the tests marked slow
# `make fuzz`       set up, then changed files for every loader: FUZZ_SECONDS of processor time each
# `make night`      set up, then designs drawn at random, other ones every day
# `make lint`       set up, then ruff
# `make clean`      remove build products; `make distclean` removes the environment too

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST_FLAGS ?=
FUZZ_SECONDS ?= 600
FUZZ_FLAGS ?=

# Two test workers share the machine; libraries that start one thread per core would fight.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

# Python writes down what it has compiled: the tests start some hundred processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := demo
.PHONY: demo install test test-slow fuzz night lint clean distclean check-tools

demo: $(INSTALLED)
	$(BIN)/python -m synth.demo

install: $(INSTALLED)

test: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow" $(PYTEST_FLAGS)

test-slow: $(INSTALLED)
	UNFOLDHW_OPTIMISED=1 $(BIN)/python -m pytest -m slow $(PYTEST_FLAGS)

fuzz: $(INSTALLED)
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) $(FUZZ_FLAGS)

night: $(INSTALLED)
	UNFOLDHW_NIGHT=$$(date +%Y%m%d) $(BIN)/python -m pytest -m slow tests/test_hw_random.py $(PYTEST_FLAGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .

check-tools:
	@command -v $(PYTHON) >/dev/null || \
	  { echo "error: $(PYTHON) not found; install Python 3.11 or newer, or say make PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $$($(PYTHON) --version) is too old; Python 3.11 or newer is needed (make PYTHON=...)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "error: $(PYTHON) cannot make virtual environments; install python3-venv" >&2; exit 2; }
	@for tool in g++ perl; do command -v $$tool >/dev/null || \
	  { echo "error: $$tool not found; the simulator needs g++, make and perl (apt install g++ make perl)" >&2; exit 2; }; done

# The stamp is only touched at the end, so that an interrupted installation is taken up again.
$(INSTALLED): pyproject.toml constraints.txt | check-tools
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[all]"
	touch $@

clean:
	rm -rf build .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) unfoldhw.egg-info
