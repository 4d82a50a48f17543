#!/bin/sh
# An owner registers a client and an integration. Needs curl and jq.
#   CITY_URL      https://city.example
#   OWNER_TOKEN   an access token of an owner of the organisation, or of an operator
#   ORGANISATION  the organisation's id; empty for the whole city (operators only)
set -eu

ask() { # method, path, body
    curl --fail-with-body --silent --show-error -X "$1" "$CITY_URL$2" -d "$3" \
        -H "Authorization: Bearer $OWNER_TOKEN" -H "Content-Type: application/json"
}

organisation=$(jq -n --arg id "${ORGANISATION:-}" 'if $id == "" then {} else {organisation: $id} end')
client=$(ask POST /oauth/clients "$(echo "$organisation" | jq '. + {name: "HR", scopes: ["events:read"]}')")
id=$(echo "$client" | jq -r .id)

# The integration knows a new client a moment later, so the first try may come too early.
about=$(echo "$organisation" | jq --arg id "$id" '. + {name: "HR", contact: "it@example.org", client: $id}')
tries=0
until integration=$(ask POST /integrations "$about"); do
    tries=$((tries + 1))
    test "$tries" -lt 10 || exit 1
    sleep 1
done

echo "CLIENT_ID=$id"
echo "CLIENT_SECRET=$(echo "$client" | jq -r .client_secret)"
echo "INTEGRATION=$(echo "$integration" | jq -r .id)"
