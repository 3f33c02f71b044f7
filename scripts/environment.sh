# Sourced by ./run and ./test: finds a Python and fills a virtual environment from a hashed lock file.

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3.14 python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "Practicum Match needs Python 3.11 or newer, and none was found. Install one, or name it: PYTHON=/path/to/python3 $0" >&2
  return 1
}

prepare_environment() {  # FOLDER LOCKFILE
  local folder=$1 lock=$2 python stamp
  python=$(find_python)
  stamp=$("$python" -c 'import sys; print(sys.version)' | cat - "$lock" | cksum)
  [ -f "$folder/ready" ] && [ "$(cat "$folder/ready")" = "$stamp" ] && return
  echo "Setting up $folder with $("$python" --version) (once; about a minute, longer without package caches)" >&2
  rm -rf "$folder"
  if ! "$python" -m venv "$folder" >/dev/null 2>&1; then
    rm -rf "$folder"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get install -y -q python3-venv >/dev/null
      "$python" -m venv "$folder"
    else
      echo "$python can't make virtual environments. On Debian or Ubuntu: sudo apt install python3-venv" >&2
      return 1
    fi
  fi
  "$folder/bin/python" -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r "$lock"
  echo "$stamp" > "$folder/ready"
}
