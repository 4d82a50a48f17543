"""Signing endorsements, beside the event loop like all signing."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import jsonschema_rs

from .contexts import CannotCanonicalise
from .domain.credential import SCHEMA, Document
from .domain.endorsement import ToSign, endorsement_document
from .domain.issue import Signed
from .domain.text import Unsignable
from .signing import open_key, sign, stored_form
from .vocabularies import vocabulary


def sign_endorsements(endorsements: Sequence[ToSign], sealing_key: bytes, now: datetime) -> list[Signed]:
    """Each endorsement as its signed credential, or why it cannot be one. Raises CannotOpenKey."""
    return [_signed(each, sealing_key, now) for each in endorsements]


def conforms(document: Document) -> bool:
    """Whether an endorsement is one as the published JSON Schema of badges describes those inside them."""
    return _validator().is_valid(document)


def _signed(each: ToSign, sealing_key: bytes, now: datetime) -> Signed:
    key = open_key(each.sealed_key, each.says.issuer.id, sealing_key)
    try:
        document = sign(endorsement_document(each.says), key, now)
    except (Unsignable, CannotCanonicalise) as error:
        return str(error)
    return stored_form(document) if conforms(document) else "does not conform to the schema"


@cache
def _validator() -> jsonschema_rs.Draft201909Validator:
    definitions = vocabulary(SCHEMA)["$defs"]
    schema = {"$ref": "#/$defs/EndorsementCredential", "$defs": definitions}
    return jsonschema_rs.Draft201909Validator(schema, validate_formats=True)
