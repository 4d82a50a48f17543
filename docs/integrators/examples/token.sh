#!/bin/sh
# Prints an access token. It is good for some minutes: get another one when it has expired.
set -eu
curl --fail-with-body --silent --show-error "$CITY_URL/oauth/token" \
    --user "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials -d scope=events:read |
    jq -r .access_token
