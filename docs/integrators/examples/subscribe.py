"""Have events posted to your endpoint."""

import os

import httpx
from city_token import CITY, headers

wish = {
    "integration": os.environ["INTEGRATION"],
    "name": "HR",
    "url": os.environ["ENDPOINT"],
    "types": ["badges.*"],
    "signature": os.environ.get("SIGNATURE", "hmac"),  # or ed25519
}
made = httpx.post(f"{CITY}/subscriptions", json=wish, headers=headers()).raise_for_status().json()
print("SUBSCRIPTION=" + made["id"])
print("WEBHOOK_KEY=" + (made["secret"] or made["public_key"]))  # a secret is shown this once
