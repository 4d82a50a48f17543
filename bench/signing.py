"""Signing: ours beside the reference implementation and PyLD, and the raw signature beneath all of them."""

import hashlib
from typing import Any

from pyld import jsonld

from services.badges import canonical
from services.badges.domain.credential import Document
from services.badges.signing import sign
from services.badges.vocabularies import vocabulary

from . import npm
from .credential import NOW, Case, case
from .timing import medians, processor_rate


def measure() -> dict[str, float]:
    """Credentials per second of one core, and how many times the reference implementation that is."""
    measured = case()
    digest = hashlib.sha512(b"as long as what is signed").digest()
    theirs = measured.request(measured.unsigned)
    ours, reference, ratio = medians(
        lambda: processor_rate(lambda: sign(measured.unsigned, measured.key, NOW)),
        lambda: npm.rate("sign", theirs),
    )
    by_pyld = processor_rate(lambda: _canonicalise_by_pyld(measured))
    return {
        "raw_ed25519_per_s": processor_rate(lambda: measured.key.private.sign(digest)),
        "credentials_canonicalised_by_pyld_per_s": by_pyld,
        "credentials_signed_per_s": ours,
        "npm_signed_per_s": reference,
        "signing_over_pyld": ours / by_pyld,
        "sign_ratio": ratio,
    }


def _canonicalise_by_pyld(measured: Case) -> str:
    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": vocabulary(url)}

    document: Document = measured.unsigned
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    text: str = jsonld.normalize(document, options)
    assert text.encode() == canonical.canonicalise(document), "the two must agree, or the figure says nothing"
    return text
