"""From a credential to the bytes that are signed: RDF Dataset Canonicalization (RDFC-1.0) of its JSON-LD.

This is the transformation of the cryptosuite eddsa-rdfc-2022 (Data Integrity EdDSA Cryptosuites 1.0, 3.2).
It knows the JSON-LD that our own documents use and refuses the rest, naming the place: that refusal takes
the part of a JSON-LD processor's safe mode, so that nothing is signed which a reader would not see as signed.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse, serialize

from .contexts import ActiveContext, CannotCanonicalise, Loader, Property, active_context, is_plain_iri
from .domain.text import UNUSABLE
from .naming import Statement, named
from .vocabularies import NotBundled, vocabulary

RDF_TYPE = " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
XSD = "http://www.w3.org/2001/XMLSchema#"

# Canonicalising takes factorial time in the number of alike nodes without an id below another such node
# (measured: 1 ms for five below each of several parents, 7 ms for six). Our documents have one or two.
BLANK_SIBLINGS = 5
BLANK_LEVELS = 2
BLANK_BELOW_BLANK = 32
LEVELS = 24
EXACT_INTEGERS = 2**53

_IRI = re.compile('[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\\\\x7f\ud800-\udfff\ufffe\uffff]*')
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_UNUSUAL = re.compile('[\x00-\x1f"\\\\\x7f\ud800-\udfff\ufffe\uffff]')
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def canonicalise(document: Mapping[str, Any], load: Loader = vocabulary) -> bytes:
    """The canonical N-Quads of a JSON-LD document, one sorted line per statement, UTF-8.

    `load` gives the context published at a URL; by default only those shipped. A proof must have been taken
    out before. Raises CannotCanonicalise with the path of what cannot be signed.
    """
    writer = statements(document, load)
    about = named(writer.about) if writer.plain else None
    if about is None:
        return _by_library(writer)
    return "".join(sorted({*writer.lines, *about})).encode()


def statements(document: Mapping[str, Any], load: Loader = vocabulary) -> "Statements":
    """What a document says, statement by statement. Raises CannotCanonicalise as `canonicalise` does."""
    writer = Statements()
    active = _context_of(document, load)
    writer.node({key: value for key, value in document.items() if key != "@context"}, active, 0, 0)
    return writer


def _by_library(writer: "Statements") -> bytes:
    """The same by a full implementation, for unusual addresses and for nodes that are much alike."""
    lines = (*writer.lines, *(f"{s}{p}{o} .\n" for s, p, o in writer.about))
    try:
        dataset = Dataset(parse("".join(lines).encode(), format=RdfFormat.N_QUADS))
    except SyntaxError as error:
        raise CannotCanonicalise("", f"an id or URL is not a valid IRI ({error.msg})") from error
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    text = serialize(dataset, format=RdfFormat.N_QUADS)
    assert text is not None, "serialize writes to a file only when given one"
    return b"".join(sorted(text.splitlines(keepends=True)))


def proof_configuration(created: str, verification_method: str) -> bytes:
    """The canonical N-Quads of our proof options, which are always these five lines.

    `created` is an RFC 3339 time, `verification_method` the URL of the key. Raises CannotCanonicalise.
    """
    if not _DATE_TIME.fullmatch(created):
        raise CannotCanonicalise("proof.created", "not a date and time with a zone")
    if not _IRI.fullmatch(verification_method):
        raise CannotCanonicalise("proof.verificationMethod", "not an absolute id or URL")
    return (
        f'_:c14n0 <http://purl.org/dc/terms/created> "{created}"^^<{XSD}dateTime> .\n'
        f"_:c14n0{RDF_TYPE}<https://w3id.org/security#DataIntegrityProof> .\n"
        "_:c14n0 <https://w3id.org/security#cryptosuite>"
        ' "eddsa-rdfc-2022"^^<https://w3id.org/security#cryptosuiteString> .\n'
        "_:c14n0 <https://w3id.org/security#proofPurpose> <https://w3id.org/security#assertionMethod> .\n"
        f"_:c14n0 <https://w3id.org/security#verificationMethod> <{verification_method}> .\n"
    ).encode()


def _context_of(document: Mapping[str, Any], load: Loader) -> ActiveContext:
    urls = document.get("@context")
    if isinstance(urls, str):
        urls = [urls]
    if not isinstance(urls, list) or not urls or not all(isinstance(url, str) for url in urls):
        raise CannotCanonicalise("@context", "must be a list of context URLs")
    try:
        return active_context(tuple(urls), load)
    except NotBundled as error:
        raise CannotCanonicalise("@context", f"{error} is not a context we know") from error


class Statements:
    """Writes the statements of one document: `lines` of N-Quads, and `about` nodes without an id.

    It stays `plain` as long as there is no doubt that every id in it is a valid IRI.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.about: list[Statement] = []
        self.plain = True
        self._blanks = 0
        self._below_blank = 0

    def node(self, node: Mapping[str, Any], outer: ActiveContext, depth: int, blank_above: int) -> str:
        """Writes a node object and all below it; returns its name. Type-scoped contexts end with the node.

        `blank_above` counts the nodes without an id that it stands inside of in a row.
        """
        if depth > LEVELS:
            raise CannotCanonicalise("", "nested too deeply")
        active, types, plain = _typed(outer, _types(node))
        subject = self._subject(node, active, blank_above)
        self.plain &= plain
        blanks = blank_above + 1 if subject.startswith("_") else 0
        if blanks:
            self.about += [(subject, RDF_TYPE, iri) for iri in types]
        else:
            self.lines += [f"{subject}{RDF_TYPE}{iri} .\n" for iri in types]
        siblings = 0
        for key, value in node.items():
            if key != "id" and key != "type":
                try:
                    siblings += self._member(subject, active.property(key), value, outer, depth, blanks)
                except CannotCanonicalise as refused:
                    raise refused.inside(key) from refused
        if blanks and siblings > BLANK_SIBLINGS:
            raise CannotCanonicalise("", f"more than {BLANK_SIBLINGS} parts without an id of their own")
        return subject

    def _subject(self, node: Mapping[str, Any], active: ActiveContext, blank_above: int) -> str:
        if "id" in node:
            if not active.names_ids:
                raise CannotCanonicalise("id", "does not mean @id in these contexts")
            return self._iri(node["id"], "id")
        self._blanks += 1
        self._below_blank += blank_above > 0
        if blank_above >= BLANK_LEVELS or self._below_blank > BLANK_BELOW_BLANK:
            raise CannotCanonicalise("", "too many parts inside each other without an id of their own")
        return f"_:b{self._blanks}"

    def _member(
        self, subject: str, term: Property, given: object, outer: ActiveContext, depth: int, blanks: int
    ) -> int:
        """Writes the values of one property; returns how many of them have no id."""
        items = given if isinstance(given, list) else (given,)
        self.plain &= term.plain
        if not items:
            raise CannotCanonicalise("", "an empty list says nothing in JSON-LD")
        without_id = 0
        for item in items:
            if isinstance(item, str):
                value = self._iri(item) if term.refers else _literal(item, term)
            elif isinstance(item, dict):
                value = self.node(item, outer, depth + 1, blanks)
            else:
                value = _number(item, term)
            if value[0] == "_" or blanks:
                without_id += value[0] == "_"
                self.about.append((subject, term.predicate, value))
            else:
                self.lines.append(f"{subject}{term.predicate}{value} .\n")
        return without_id

    def _iri(self, value: object, where: str = "") -> str:
        iri, plain = _iri(value, where)
        self.plain &= plain
        return iri


def _types(node: Mapping[str, Any]) -> tuple[str, ...]:
    types = node.get("type", [])
    if isinstance(types, str):
        return (types,)
    if not isinstance(types, list) or not all(isinstance(name, str) for name in types):
        raise CannotCanonicalise("type", "must be a text or a list of texts")
    return tuple(types)


@lru_cache(maxsize=1024)
def _typed(outer: ActiveContext, types: tuple[str, ...]) -> tuple[ActiveContext, tuple[str, ...], bool]:
    """The context inside a node of these types, their IRIs, and whether those are plain."""
    iris = [_type_iri(name, outer) for name in types]
    return outer.for_types(types), tuple(iri for iri, _ in iris), all(plain for _, plain in iris)


def _type_iri(name: str, outer: ActiveContext) -> tuple[str, bool]:
    iri = outer.iri_of_type(name)
    if iri is None or not outer.names_types:
        raise CannotCanonicalise("type", f"the contexts do not define the type {name}")
    return _iri(iri, "type")


def _iri(value: object, where: str) -> tuple[str, bool]:
    """`<value>`, if it is an absolute IRI, and whether its syntax needs no further check."""
    if not isinstance(value, str):
        raise CannotCanonicalise(where, "not an absolute id or URL, or with characters it may not have")
    if is_plain_iri(value):
        return f"<{value}>", True
    if not _IRI.fullmatch(value):
        raise CannotCanonicalise(where, "not an absolute id or URL, or with characters it may not have")
    return f"<{value}>", False


def _literal(value: str, term: Property) -> str:
    return f'"{escaped(value)}{term.literal_end}'


def escaped(value: str) -> str:
    """A text as it stands between quotation marks. Raises CannotCanonicalise for what may not be signed."""
    if _UNUSUAL.search(value):
        if UNUSABLE.search(value):
            raise CannotCanonicalise("", "has a control character")
        return value.translate(_ESCAPES)
    return value


def _number(value: object, term: Property) -> str:
    """True, false and whole numbers; fractions have forms that libraries write differently."""
    if term.refers or not isinstance(value, int) or abs(value) > EXACT_INTEGERS:
        raise CannotCanonicalise("", "must be a text, a whole number, true, false or an object")
    if isinstance(value, bool):
        return f'"{str(value).lower()}"^^<{term.coercion or XSD + "boolean"}>'
    return f'"{value}"^^<{term.coercion or XSD + "integer"}>'
