#!/bin/sh
# Prints events as they come, as server-sent events; AFTER is the last `id` you have had. A stream ends when
# its token expires: begin anew with the last `id`.
set -eu
curl --fail-with-body --silent --show-error --no-buffer --get "$CITY_URL/events" -d "types=badges.*" \
    -H "Authorization: Bearer $(sh token.sh)" -H "Accept: text/event-stream" -H "Last-Event-ID: ${AFTER:-0}"
