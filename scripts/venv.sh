# Sourced by ./try and ./check: makes .venv at the root of the checkout what requirements.lock says, and leaves its
# Python in $python. Nothing happens when it already is. POSIX sh; set PYTHON to choose the interpreter.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
python=$root/.venv/bin/python

say() { printf 'stepdown: %s\n' "$*" >&2; }

# The lock decides what is installed and pyproject.toml which commands exist.
wanted() { cat "$root/requirements.lock" "$root/pyproject.toml" | cksum; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if new_enough "$candidate"; then
            if "$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1; then
                printf '%s\n' "$candidate"
                return
            fi
            unfit=$candidate
        fi
    done
    if [ -n "${unfit:-}" ]; then
        say "$unfit cannot make environments (no venv module); on Debian or Ubuntu install python3-venv, then try again"
    else
        say 'no Python 3.11 or newer was found; install one from https://www.python.org/downloads/ or name it: PYTHON=/path/to/python3 ./try'
    fi
    exit 2
}

if ! [ -x "$python" ] || ! new_enough "$python" || ! "$python" -m pip --version >/dev/null 2>&1; then
    base=$(find_python)
    say "making .venv with $("$base" --version 2>&1)"
    rm -rf "$root/.venv"
    "$base" -m venv "$root/.venv"
fi
if [ "$(cat "$root/.venv/installed" 2>/dev/null)" != "$(wanted)" ]; then
    say 'installing what requirements.lock names; the first time takes a minute or two'
    rm -f "$root/.venv/installed"
    PIP_DISABLE_PIP_VERSION_CHECK=1
    export PIP_DISABLE_PIP_VERSION_CHECK
    if ! "$python" -m pip install -qq --require-hashes --requirement "$root/requirements.lock" ||
        ! "$python" -m pip install -qq --no-deps --no-build-isolation --editable "$root"; then
        say 'the packages could not be installed; is the network, or a mirror named by PIP_INDEX_URL, within reach?'
        exit 1
    fi
    wanted >"$root/.venv/installed"
fi
