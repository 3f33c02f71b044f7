# Sourced by ./test: finds Chromium for the browser tests, or brings Debian's where that is allowed.

bring_chromium() {
  local candidate
  for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null; then
      CHROMIUM=$(command -v "$candidate")
      export CHROMIUM
      return
    fi
  done
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests" >&2
    { apt-get update -q && apt-get install -y -q chromium; } >/dev/null 2>&1 || true
    CHROMIUM=$(command -v chromium || true)
    export CHROMIUM
  fi
  [ -n "${CHROMIUM:-}" ] || echo "No Chromium: the browser tests can't run (install chromium, or set CHROMIUM)" >&2
}
