#!/bin/sh
# Has events posted to your endpoint. The answer holds the secret, which is shown this once.
#   INTEGRATION  id of your integration
#   ENDPOINT     https://hr.example.org/hooks/badges
set -eu
curl --fail-with-body --silent --show-error "$CITY_URL/subscriptions" \
    -H "Authorization: Bearer $(sh token.sh)" -H "Content-Type: application/json" \
    -d "{\"integration\": \"$INTEGRATION\", \"name\": \"HR\", \"url\": \"$ENDPOINT\",
         \"types\": [\"badges.*\"], \"signature\": \"hmac\"}" |
    jq '{id, secret}'
