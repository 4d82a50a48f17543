"""Signing endorsements, beside the event loop like all signing."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import jsonschema_rs

from .contexts import CannotCanonicalise
from .domain.addresses import Addresses
from .domain.credential import SCHEMA, Document
from .domain.endorsement import TOKENS, ToSign, Word, endorsement_document
from .domain.text import Unsignable
from .signing import open_key, sign, stored_form
from .tokens import open_token_key, token
from .vocabularies import vocabulary


def sign_endorsements(
    endorsements: Sequence[ToSign], public_url: str, sealing_key: bytes, now: datetime
) -> list[Word | str]:
    """Each endorsement as its signed credential, or why it cannot be one. Raises CannotOpenKey."""
    return [_signed(each, Addresses(public_url), sealing_key, now) for each in endorsements]


def conforms(document: Document) -> bool:
    """Whether an endorsement is one as the published JSON Schema of badges describes those inside them."""
    return _validator().is_valid(document)


def _signed(each: ToSign, addresses: Addresses, sealing_key: bytes, now: datetime) -> Word | str:
    key = open_key(each.sealed_key, each.says.issuer.id, sealing_key)
    secret = open_token_key(each.sealed_token_key, each.says.issuer.id, sealing_key)
    try:
        document = sign(endorsement_document(each.says), key, now)
    except (Unsignable, CannotCanonicalise) as error:
        return str(error)
    if not conforms(document):
        return "does not conform to the schema"
    return Word(stored_form(document), token(document, TOKENS, addresses.key(each.token_key), secret))


@cache
def _validator() -> jsonschema_rs.Draft201909Validator:
    definitions = vocabulary(SCHEMA)["$defs"]
    schema = {"$ref": "#/$defs/EndorsementCredential", "$defs": definitions}
    return jsonschema_rs.Draft201909Validator(schema, validate_formats=True)
