# Two commands for people: `make run` and `make test`. Each sets up what it needs and is quick the second time.
PY      := .venv/bin/python
PROTOS  := $(shell find proto/antiphon -name '*.proto' | sort)
ARGS    ?=
export PYTHONPATH := $(CURDIR)/services:$(CURDIR)

.PHONY: run test setup check format proto released bench doctor sbom audit clauses clean

run: setup            ## set up, start everything with a demo tenant: http://localhost:8080
	@$(PY) -m antiphon up $(ARGS)

test:                 ## set up, then every check and the three rings of tests
	@sh ./setup.sh test
	@$(MAKE) --no-print-directory check
	@sh ./tests.sh $(ARGS)

setup:                ## virtual environment, Python and web packages, system packages where the user may install them
	@sh ./setup.sh

check:                ## format, lint, types, layers, protocol, web
	@.venv/bin/ruff format --check -q . && .venv/bin/ruff check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/buf lint proto && .venv/bin/buf format -d --exit-code proto
	@.venv/bin/buf breaking proto --against proto/released.binpb
	@npm --prefix services/antiphon/inbox/web run --silent check
	@npm --prefix services/antiphon/channels/widget run --silent check

format:               ## rewrite sources in the house format
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix . ; .venv/bin/buf format -w proto

proto:                ## generate code from proto/ (committed; a test proves that it is up to date)
	@$(PY) -m grpc_tools.protoc -Iproto --plugin=protoc-gen-mypy=.venv/bin/protoc-gen-mypy \
	  --plugin=protoc-gen-mypy_grpc=.venv/bin/protoc-gen-mypy_grpc --python_out=services \
	  --grpc_python_out=services --mypy_out=quiet:services --mypy_grpc_out=quiet:services $(PROTOS)
	@$(PY) -m grpc_tools.protoc -Iproto --include_source_info --descriptor_set_out=services/antiphon/inbox/api.binpb $(PROTOS)
	@$(PY) -m antiphon.inbox.webtypes
	@for f in $(PROTOS); do d=services/$$(dirname $${f#proto/}); touch $$d/__init__.py $$d/../__init__.py; done
	@find services/antiphon/common -name '*_pb2_grpc.py*' -delete; find services -name 'events_pb2_grpc.py*' -delete; find services -name 'care_pb2_grpc.py*' -delete

released:             ## at a release: what later contracts may not break
	@.venv/bin/buf build proto -o proto/released.binpb

bench:                ## figures: message → screen, messages a second, start-up, web sizes
	@$(PY) -m antiphon bench $(ARGS)

doctor:               ## what is present, what is missing and why it matters
	@$(PY) -m antiphon doctor

sbom:                 ## what this is made of: CycloneDX JSON of the two lock files, to sbom.json
	@$(PY) -m antiphon.up.sbom > sbom.json

audit:                ## known vulnerabilities of what is locked; asks the network, so it is no part of `make check`
	@.venv/bin/uvx pip-audit --disable-pip --require-hashes -r requirements.lock
	@npm --prefix services/antiphon/inbox/web audit --package-lock-only
	@npm --prefix services/antiphon/channels/widget audit --package-lock-only

clauses:              ## which numbered requirements have a test
	@$(PY) -m antiphon clauses

clean:                ## remove everything that was made
	@rm -rf .venv .antiphon .pytest_cache .mypy_cache .ruff_cache .hypothesis services/antiphon/inbox/web/node_modules \
	  services/antiphon/inbox/web/dist services/antiphon/channels/widget/dist
