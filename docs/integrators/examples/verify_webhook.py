"""Verifies a webhook: `whsec_...` keys by the library standardwebhooks, `whpk_...` keys by cryptography."""

import json
import time
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

TOLERANCE = 300  # seconds between your clock and the city's; what is older may be somebody's recording


def verify(key: str, headers: Mapping[str, str], body: bytes) -> Any:
    """The event. Raises WebhookVerificationError: then answer 401 and do nothing.

    `body` are the bytes as they came: parsing and writing them anew would break the signature.
    """
    if key.startswith("whsec_"):
        try:
            return Webhook(key).verify(body, dict(headers))
        except ValueError as error:  # the library's way of saying that a header is nonsense
            raise WebhookVerificationError("headers make no sense") from error
    _verify_ed25519(key, {name.lower(): value for name, value in headers.items()}, body)
    return json.loads(body)


def _verify_ed25519(key: str, headers: Mapping[str, str], body: bytes) -> None:
    try:
        id_, at = headers["webhook-id"], headers["webhook-timestamp"]
        if abs(time.time() - int(at)) > TOLERANCE:
            raise WebhookVerificationError("the timestamp is too old, or in the future")
        signatures = [each.split(",", 1) for each in headers["webhook-signature"].split()]
        public = Ed25519PublicKey.from_public_bytes(b64decode(key.removeprefix("whpk_")))
    except (KeyError, ValueError) as error:
        raise WebhookVerificationError("headers are missing or make no sense") from error
    for version, *encoded in signatures:
        try:
            if version == "v1a" and encoded:
                public.verify(b64decode(encoded[0]), f"{id_}.{at}.".encode() + body)
                return
        except (InvalidSignature, ValueError):
            continue  # while keys change there are two signatures
    raise WebhookVerificationError("no signature is by this key")
