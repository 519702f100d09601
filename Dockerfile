# syntax=docker/dockerfile:1
# Everything of Antiphon that is Python, with the built desk and chat widget. One image for all services: the chart says
# which one a container is, `python -m antiphon.<service>`.

FROM node:22-bookworm-slim AS web
WORKDIR /src
COPY services/antiphon/inbox/web services/antiphon/inbox/web
COPY services/antiphon/channels/widget services/antiphon/channels/widget
RUN for web in services/antiphon/inbox/web services/antiphon/channels/widget; do \
      (cd "$web" && npm ci --no-audit --no-fund && npm run build) || exit 1; done

FROM python:3.12-slim-bookworm AS python
WORKDIR /src
RUN pip install --no-cache-dir uv && uv venv /opt/antiphon
COPY pyproject.toml requirements.lock README.md LICENSE ./
RUN uv pip compile -q --generate-hashes --no-header --no-annotate --universal --python-version 3.11 -c requirements.lock \
      pyproject.toml -o /tmp/runtime.lock && \
    uv pip sync --python /opt/antiphon/bin/python --require-hashes /tmp/runtime.lock
COPY services services
COPY pbx pbx
COPY --from=web /src/services/antiphon/inbox/web/dist services/antiphon/inbox/web/dist
COPY --from=web /src/services/antiphon/channels/widget/dist services/antiphon/channels/widget/dist
RUN uv pip install --python /opt/antiphon/bin/python --no-deps . && \
    /opt/antiphon/bin/python -m compileall -q /opt/antiphon/lib

FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng && rm -rf /var/lib/apt/lists/* && \
    useradd --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin antiphon && \
    install -d -o 10001 -g 10001 /var/lib/antiphon /run/antiphon
COPY --from=python /opt/antiphon /opt/antiphon
ENV PATH=/opt/antiphon/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
CMD ["antiphon", "--help"]
