"""Verifying a badge of ours beside the reference implementation, and checking by the JSON Schema."""

import orjson

from services.badges.verifying import Verdict, validate_schema, verify_credential

from . import npm
from .credential import LIST, NOW, case
from .timing import medians, processor_rate


def measure() -> dict[str, float]:
    """Verifications per second of one core, with the status list and both proofs checked every time."""
    measured = case()
    content, published = measured.stored, orjson.dumps(measured.documents[LIST])
    document = orjson.loads(content)

    def verify() -> None:
        found = verify_credential(content, NOW, measured.documents.get, lambda _: published)
        assert found.verdict is Verdict.VALID, found

    theirs = measured.request(document)
    ours, reference, ratio = medians(lambda: processor_rate(verify), lambda: npm.rate("verify", theirs))
    return {
        "credentials_verified_per_s": ours,
        "npm_verified_per_s": reference,
        "verify_ratio": ratio,
        "schema_per_s": processor_rate(lambda: validate_schema(document)),
    }
