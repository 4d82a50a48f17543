"""The public keys by which access tokens are verified."""

from typing import Any

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.chassis.errors import Problem, responses

from .edge import TheSettings

router = APIRouter(tags=["machines"])


class KeySet(BaseModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


@router.get("/.well-known/jwks.json", response_model=KeySet, responses=responses(503))
async def read_public_keys(settings: TheSettings) -> Response:
    """The city's public keys, from the file that every service verifies with."""
    try:
        keys = KeySet.model_validate_json(settings.jwks_file.read_bytes() if settings.jwks_file else b"")
    except (OSError, ValueError) as error:
        raise Problem(503, "no-keys", "JWKS_FILE cannot be read; the operator must set it") from error
    public = [{name: value for name, value in key.items() if name != "d"} for key in keys.keys]
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(orjson.dumps({"keys": public}), 200, headers, "application/json")
