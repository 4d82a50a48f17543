#!/bin/sh
# Compiles requirements/*.lock from the dependency groups in pyproject.toml, with hashes and without addresses.
# The services' locks agree with the developers' one. Needs the network.
#   UPGRADE=1   take the newest versions that pyproject.toml allows, not those locked now
set -eu
cd "$(dirname "$0")/.."
groups="catalogue badges pathways notify city"

if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    aside=$(mktemp -d)
    trap 'rm -rf "$aside"' EXIT
    python3 -m venv "$aside"
    "$aside/bin/python" -m pip install --quiet --disable-pip-version-check uv
    uv=$aside/bin/uv
fi

compile() {
    group=$1
    shift
    "$uv" pip compile --quiet --group "pyproject.toml:$group" --output-file "requirements/$group.lock" \
        --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@"
}

compile dev ${UPGRADE:+--upgrade}
for group in $groups; do
    compile "$group" --constraints requirements/dev.lock ${UPGRADE:+--upgrade}
done
