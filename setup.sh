#!/bin/sh
# Sets up what `make run` (and with the word `test`, `make test`) needs; quick when nothing changed.
# Python packages come from requirements.lock by hash, web packages from the package-lock.json files.
set -eu
cd "$(dirname "$0")"
say() { printf '\033[1m%s\033[0m\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"; else return 1; fi
}
apt_install() { # what for, packages…
  why=$1; shift
  command -v apt-get >/dev/null || { say "Please install: $* ($why)"; return 1; }
  say "Installing $* ($why)"
  as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -qq && apt-get install -y -qq $*" >/dev/null 2>&1 ||
    { say "Could not install $*: run as root: apt-get install $* ($why)"; return 1; }
}

# --- Python
python=${PYTHON:-python3}
command -v "$python" >/dev/null || apt_install "runs Antiphon" python3 python3-venv || die "Python 3.11 or newer is needed."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or newer is needed; this is $("$python" -V). Set PYTHON=…"
if ! [ -x .venv/bin/python ]; then
  "$python" -m venv .venv 2>/dev/null || { apt_install "virtual environments" python3-venv && "$python" -m venv .venv; } ||
    die "Cannot make a virtual environment: install python3-venv."
fi
wanted=$(cat requirements.lock pyproject.toml | sha256sum)
if [ "$(cat .venv/.stamp 2>/dev/null)" != "$wanted" ]; then
  say "Installing Python packages"
  .venv/bin/python -m pip install -q --disable-pip-version-check uv
  .venv/bin/uv pip sync -q --python .venv/bin/python --require-hashes requirements.lock
  echo "$PWD/services" > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/antiphon-source.pth"
  printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m antiphon "$@"\n' "$PWD" > .venv/bin/antiphon
  chmod +x .venv/bin/antiphon
  echo "$wanted" > .venv/.stamp
fi

# --- Web: the desk and the chat widget
command -v npm >/dev/null || apt_install "builds the web desk" nodejs npm || die "Node.js 20 with npm is needed to build the web desk."
for web in services/antiphon/inbox/web services/antiphon/channels/widget; do
  wanted=$(cd "$web" && find . -type f -not -path './node_modules/*' -not -path './dist/*' | LC_ALL=C sort | xargs sha256sum | sha256sum)
  if ! [ -f "$web/dist/.stamp" ] || [ "$(cat "$web/dist/.stamp")" != "$wanted" ] || { [ "${1:-}" = test ] && ! [ -d "$web/node_modules" ]; }; then
    say "Building $web"
    (cd "$web" && npm ci --silent --no-audit --no-fund && npm run --silent build) || die "Building $web failed."
    echo "$wanted" > "$web/dist/.stamp"
  fi
done

# --- What only the tests need
if [ "${1:-}" = test ] && ! command -v chromium >/dev/null; then
  apt_install "browser stories" chromium fonts-noto-core || say "Without Chromium the browser stories fail."
fi
