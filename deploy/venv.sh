#!/bin/sh
# Makes .venv from requirements/dev.lock, with uv where it is present, else with pip; only when the lock has
# changed. Needs the network that one time. Exits 2, saying what to do, where the system lacks something.
#   PYTHON   the Python to use (default: python3, else the newest python3.N that is new enough)
set -eu
cd "$(dirname "$0")/.."
lock=requirements/dev.lock
installed=.venv/.installed.lock # a copy of the lock .venv was made from: the last thing that is written

if cmp -s "$lock" "$installed" && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

fail() {
    printf '%s\n' "$@" >&2
    exit 2
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no ${PYTHON:-python3}")
    fail "Python 3.11 or newer is needed; this is $found." \
        "Install one and name it: make PYTHON=/path/to/python3.11"
}

with_uv() {
    uv venv --quiet --clear --no-project --python "$python" .venv
    uv pip sync --quiet --require-hashes --compile-bytecode --python .venv/bin/python "$lock"
}

with_pip() {
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        fail "This Python cannot make virtual environments. Install what is missing:" \
            "  apt-get install python3-venv"
    fi
    "$python" -m venv --clear .venv
    # pip compiles what it installs to byte code.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
        --require-hashes --requirement "$lock"
}

python=$(find_python)
echo "Making .venv with $("$python" --version) from $lock; this takes a minute, once."
if command -v uv >/dev/null 2>&1; then
    with_uv
else
    with_pip
fi
.venv/bin/python -m compileall -q contracts services deploy
cat >.venv/bin/city <<'EOF'
#!/bin/sh
# The operator's command, from the tree this environment belongs to.
root=$(cd "$(dirname "$0")/../.." && pwd)
PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}" exec "$root/.venv/bin/python" -m deploy.cli "$@"
EOF
chmod +x .venv/bin/city
cp "$lock" "$installed"
