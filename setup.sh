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

# --- Voice: SIP edge, media relay, speech. Where they may not be installed, everything but telephony runs.
PATH=$PATH:/usr/sbin:/usr/local/sbin
quietly_install() { # packages… : no service of theirs starts, neither now nor at boot, so that no port is taken
  as_root env DEBIAN_FRONTEND=noninteractive sh -eu -c '
    guard=/usr/sbin/policy-rc.d
    [ -e $guard ] || { trap "rm -f $guard" EXIT; trap "exit 1" INT TERM; printf "#!/bin/sh\nexit 101\n" > $guard; chmod 755 $guard; }
    strange=
    for unit in kamailio rtpengine-daemon rtpengine-recording-daemon coturn; do
      [ -e /lib/systemd/system/$unit.service ] || strange="$strange $unit"
    done
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@"
    if [ -d /run/systemd/system ] && [ -n "$strange" ]; then
      for unit in $strange; do systemctl disable --now $unit.service || true; done
    fi' sh "$@" >/dev/null 2>&1
}
voice="kamailio kamailio-tls-modules kamailio-websocket-modules kamailio-autheph-modules rtpengine-daemon coturn espeak-ng"
voice_is_there() {
  for program in kamailio rtpengine turnserver espeak-ng; do command -v "$program" >/dev/null || return 1; done
  for module in auth_ephemeral tls websocket; do ls /usr/lib/*/kamailio/modules/$module.so >/dev/null 2>&1 || return 1; done
}
if ! voice_is_there && [ "$(cat .venv/.voice 2>/dev/null)" != "$voice" ]; then
  say "Installing $voice (telephony)"
  { command -v apt-get >/dev/null && quietly_install $voice; } ||
    say "Could not install them: without them there is no telephony. To have it, run as root: apt-get install --no-install-recommends $voice"
  echo "$voice" > .venv/.voice # asked once
fi

# --- What only the tests need
if [ "${1:-}" = test ]; then
  for pair in sipp:sip-tester baresip:baresip-core tcpdump:tcpdump ip:iproute2; do
    command -v "${pair%%:*}" >/dev/null || absent="${absent:-} ${pair#*:}"
  done
  if [ -n "${absent:-}" ]; then
    say "Installing$absent (telephone stories)"
    { command -v apt-get >/dev/null && quietly_install $absent; } || say "Without$absent the telephone stories fail."
  fi
fi
if [ "${1:-}" = test ] && ! command -v chromium >/dev/null; then
  apt_install "browser stories" chromium fonts-noto-core || say "Without Chromium the browser stories fail."
fi
