"""Signing: ours beside the reference implementation and PyLD, and the raw signature beneath all of them."""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pyld import jsonld

from services.badges import canonical
from services.badges.alike import Shapes
from services.badges.domain.badge import Credential, hashed_email
from services.badges.domain.credential import Document, credential_document
from services.badges.making import sign_credentials
from services.badges.signing import hash_data, proven, sign
from services.badges.vocabularies import vocabulary

from . import npm
from .credential import CITY, NOW, SEALING_KEY, Case, case, credential_said, job
from .timing import medians, processor_rate

JOB = 1000  # credentials made at once


def measure() -> dict[str, float]:
    """Credentials per second of one core, and how many times the reference implementation that is."""
    measured = case()
    digest = hashlib.sha512(b"as long as what is signed").digest()
    theirs = measured.request(measured.unsigned)
    ours, reference, ratio = medians(
        lambda: processor_rate(lambda: sign(measured.unsigned, measured.key, NOW)),
        lambda: npm.rate("sign", theirs),
    )
    drafts = job(JOB)

    def make() -> None:
        made = sign_credentials(drafts, CITY.public_url, SEALING_KEY, NOW)
        assert all(isinstance(each, bytes) for each in made)

    of_job = JOB * processor_rate(make, calls=1)
    alike, varying = Shapes(), _varying()
    by_shape, _, job_ratio = medians(
        lambda: processor_rate(lambda: _sign_alike(measured, alike, next(varying))),
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
        "job_signed_per_s": by_shape,
        "job_sign_ratio": job_ratio,
        "job_made_per_s": of_job,
    }


def _varying() -> Iterator[Credential]:
    """The measured credential for one person after the other."""
    said = credential_said()
    for number in itertools.count():
        hashed = hashed_email(f"learner.{number}@example.org", number.to_bytes(16))
        url = CITY.credential(f"{number:022}")
        status = replace(said.status, index=number % 131_072)
        yield replace(said, id=url, recipient=hashed, status=status)


def _sign_alike(measured: Case, alike: Shapes, said: Credential) -> Document:
    document = credential_document(said, shared=True)
    signature = measured.key.private.sign(hash_data(alike.canonical(said, document), measured.key, NOW))
    return proven(document, signature, measured.key, NOW)


def _canonicalise_by_pyld(measured: Case) -> str:
    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": vocabulary(url)}

    document: Document = measured.unsigned
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    text: str = jsonld.normalize(document, options)
    assert text.encode() == canonical.canonicalise(document), "the two must agree, or the figure says nothing"
    return text
