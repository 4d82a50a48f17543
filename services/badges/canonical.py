"""From a credential to the bytes that are signed: RDF Dataset Canonicalization (RDFC-1.0) of its JSON-LD.

This is the transformation of the cryptosuite eddsa-rdfc-2022 (Data Integrity EdDSA Cryptosuites 1.0, 3.2).
It knows the JSON-LD that our own documents use and refuses the rest, naming the place: that refusal takes
the part of a JSON-LD processor's safe mode, so that nothing is signed which a reader would not see as signed.
"""

import re
from collections.abc import Mapping
from typing import Any

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse, serialize

from .contexts import ActiveContext, CannotCanonicalise, Loader, Term, active_context
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

_UNSIGNABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_IRI = re.compile('[\x00-\x20<>"{}|^`\\\\\x7f]')
_ABSOLUTE = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def canonicalise(document: Mapping[str, Any], load: Loader = vocabulary) -> bytes:
    """The canonical N-Quads of a JSON-LD document, one sorted line per statement, UTF-8.

    `load` gives the context published at a URL; by default only those shipped. A proof must have been taken
    out before. Raises CannotCanonicalise with the path of what cannot be signed.
    """
    writer = _Statements()
    writer.node(_without_context(document), _context_of(document, load), "", blank_above=0)
    try:
        dataset = Dataset(parse("".join(writer.lines).encode(), format=RdfFormat.N_QUADS))
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
    method = _iri(verification_method, "proof.verificationMethod")
    return (
        f'_:c14n0 <http://purl.org/dc/terms/created> "{created}"^^<{XSD}dateTime> .\n'
        f"_:c14n0{RDF_TYPE}<https://w3id.org/security#DataIntegrityProof> .\n"
        "_:c14n0 <https://w3id.org/security#cryptosuite>"
        ' "eddsa-rdfc-2022"^^<https://w3id.org/security#cryptosuiteString> .\n'
        "_:c14n0 <https://w3id.org/security#proofPurpose> <https://w3id.org/security#assertionMethod> .\n"
        f"_:c14n0 <https://w3id.org/security#verificationMethod> {method} .\n"
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


def _without_context(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "@context"}


class _Statements:
    """Writes the statements of one document as N-Quads lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._blanks = 0
        self._below_blank = 0

    def node(self, node: Mapping[str, Any], outer: ActiveContext, where: str, blank_above: int) -> str:
        """Writes a node object and all below it; returns its name. Type-scoped contexts end with the node."""
        if where.count(".") >= LEVELS:
            raise CannotCanonicalise(where, "nested too deeply")
        types = _types(node, where)
        active = outer.for_types(types)
        subject, blank_above = self._subject(node, active, where, blank_above)
        for name in types:
            self.lines.append(f"{subject}{RDF_TYPE}{_type_iri(name, outer, where)} .\n")
        siblings = 0
        for key, value in node.items():
            if key in ("id", "type"):
                continue
            place = f"{where}.{key}" if where else key
            term = _property(key, active, place)
            for item in _items(value, place):
                named = self._object(item, term, outer, place, blank_above)
                self.lines.append(f"{subject} <{term.iri}> {named} .\n")
                siblings += named.startswith("_:")
        if blank_above and siblings > BLANK_SIBLINGS:
            raise CannotCanonicalise(where, f"more than {BLANK_SIBLINGS} parts without an id of their own")
        return subject

    def _subject(
        self, node: Mapping[str, Any], active: ActiveContext, where: str, blank_above: int
    ) -> tuple[str, int]:
        """The node's name, and how many nodes without an id stand in a row down to it."""
        if "id" in node:
            if active.iri_of("id") != "@id":
                raise CannotCanonicalise(where, "id does not mean @id in these contexts")
            return _iri(node["id"], f"{where}.id" if where else "id"), 0
        self._blanks += 1
        self._below_blank += blank_above > 0
        if blank_above >= BLANK_LEVELS or self._below_blank > BLANK_BELOW_BLANK:
            raise CannotCanonicalise(where, "too many parts inside each other without an id of their own")
        return f"_:b{self._blanks}", blank_above + 1

    def _object(self, item: object, term: Term, outer: ActiveContext, where: str, blank_above: int) -> str:
        if isinstance(item, str):
            return _iri(item, where) if term.coercion == "@id" else _literal(item, term, where)
        if isinstance(item, dict):
            return self.node(item, outer, where, blank_above)
        return _number(item, term, where)


def _types(node: Mapping[str, Any], where: str) -> tuple[str, ...]:
    types = node.get("type", [])
    if isinstance(types, str):
        return (types,)
    if not isinstance(types, list) or not all(isinstance(name, str) for name in types):
        raise CannotCanonicalise(f"{where}.type" if where else "type", "must be a text or a list of texts")
    return tuple(types)


def _type_iri(name: str, outer: ActiveContext, where: str) -> str:
    iri = outer.iri_of(name)
    if iri is None or outer.iri_of("type") != "@type":
        raise CannotCanonicalise(where, f"the contexts do not define the type {name}")
    return _iri(iri, where)


def _property(key: str, active: ActiveContext, where: str) -> Term:
    term = active.terms.get(key)
    if term is None and active.vocab and ":" not in key and "@" not in key:
        term = Term(active.vocab + key)
    if term is None or term.iri.startswith("@"):
        raise CannotCanonicalise(where, "the contexts do not define this term here")
    if term.refusal:
        raise CannotCanonicalise(where, term.refusal)
    return term


def _items(value: object, where: str) -> list[object]:
    items = value if isinstance(value, list) else [value]
    if not items or any(isinstance(item, list) for item in items):
        raise CannotCanonicalise(where, "an empty list or a list in a list says nothing in JSON-LD")
    return items


def _iri(value: object, where: str) -> str:
    """`<value>`, if it is an absolute IRI; further syntax is checked by the N-Quads parser."""
    if not isinstance(value, str) or not _ABSOLUTE.match(value):
        raise CannotCanonicalise(where, "not an absolute id or URL")
    if _NOT_IN_IRI.search(value) or _UNSIGNABLE.search(value):
        raise CannotCanonicalise(where, "has a character that an id or URL may not have")
    return f"<{value}>"


def _literal(value: str, term: Term, where: str) -> str:
    if _UNSIGNABLE.search(value):
        raise CannotCanonicalise(where, "has a control character")
    written = f'"{value.translate(_ESCAPES)}"'
    return written if term.coercion is None else f"{written}^^<{term.coercion}>"


def _number(value: object, term: Term, where: str) -> str:
    """True, false and whole numbers; fractions have forms that libraries write differently."""
    if term.coercion == "@id" or not isinstance(value, int) or abs(value) > EXACT_INTEGERS:
        raise CannotCanonicalise(where, "must be a text, a whole number, true, false or an object")
    if isinstance(value, bool):
        return f'"{str(value).lower()}"^^<{term.coercion or XSD + "boolean"}>'
    return f'"{value}"^^<{term.coercion or XSD + "integer"}>'
