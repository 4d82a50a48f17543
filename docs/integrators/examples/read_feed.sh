#!/bin/sh
# Prints every event after position AFTER, one a line; the last line says where to go on.
set -eu
after=${AFTER:-0}
while :; do
    page=$(curl --fail-with-body --silent --show-error --get "$CITY_URL/events" \
        -H "Authorization: Bearer $(sh token.sh)" -d "after=$after" -d "types=badges.*" -d limit=1000)
    echo "$page" | jq -r '.events[] | "\(.event.type) \(.event.id)"'
    after=$(echo "$page" | jq .next)
    test "$after" != "$(echo "$page" | jq .last)" || break
done
echo "AFTER=$after"
