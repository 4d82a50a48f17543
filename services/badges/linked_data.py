"""Other people's JSON-LD as the bytes that their signatures cover.

Wider than what `canonical.py` knows of our own documents: signed parts inside, ordered lists, fractions,
terms with a context of their own. What the pinned contexts do not define no signature covers: it is refused
by its place, as a reader would take it for signed (JSON-LD 1.1 API, 5.1.2 and 8.1; elsewhere: safe mode).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import rdfc
from .contexts import ActiveContext, CannotCanonicalise, Loader, Term, active_context
from .literals import RDF, json_literal, number_literal, text_literal, value_literal
from .vocabularies import NotBundled, vocabulary

PROOF = "https://w3id.org/security#proof"
LEVELS = 24
MOST_CONTEXTS = 20
MOST_STATEMENTS = 20_000

_TYPE = f"<{RDF}type>"
_NIL = f"<{RDF}nil>"
_IRI = re.compile('[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\\\\x7f\ud800-\udfff\ufffe\uffff]*')


class NotCovered(CannotCanonicalise):
    """The document says something that no signature over it covers."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """The canonical N-Quads, or why there are none; `uncovered` where a signature would not cover all."""

    text: bytes = b""
    refusal: str = ""
    uncovered: bool = False


def canonical_texts(
    documents: Sequence[Mapping[str, Any]], renamed: Mapping[str, str] | None = None
) -> list[Canonical]:
    """Each document's canonical form; with `renamed` other names for the last one's nodes without an id.

    Nothing in a document raises; it is work for a process of its own.
    """
    *before, last = documents
    return [*(_canonical(document, None) for document in before), _canonical(last, renamed)]


def _canonical(document: Mapping[str, Any], renamed: Mapping[str, str] | None) -> Canonical:
    try:
        return Canonical(rdfc.canonical(statements(document), renamed))
    except NotCovered as refused:
        return Canonical(refusal=str(refused), uncovered=True)
    except (CannotCanonicalise, rdfc.TooComplex) as refused:
        return Canonical(refusal=str(refused))
    except KeyError:
        return Canonical(refusal="the proof does not name all parts without an id", uncovered=True)


def statements(document: Mapping[str, Any], load: Loader = vocabulary) -> list[rdfc.Quad]:
    """The document's RDF statements. Raises CannotCanonicalise; NotCovered as it says."""
    writer = _Statements(load)
    writer.node(document, ActiveContext({}), "", 0)
    return writer.quads


class _Statements:
    def __init__(self, load: Loader) -> None:
        self.quads: list[rdfc.Quad] = []
        self._load = load
        self._blanks = 0

    def node(self, node: Mapping[str, Any], outer: ActiveContext, graph: str, depth: int) -> str:
        """Writes a node and all below it into `graph`; returns its name."""
        if depth > LEVELS:
            raise CannotCanonicalise("", "nested too deeply")
        outer = self._with_own_context(node, outer)
        types = _texts(node.get("type", []))
        active = outer.for_types(types)
        if ("id" in node and not active.names_ids) or (types and not outer.names_types):
            raise NotCovered("", "the contexts do not define id and type here")
        subject = f"<{_absolute(node['id'], active, 'id')}>" if "id" in node else self._blank()
        for name in types:
            self._say(subject, _TYPE, f"<{_type(name, outer)}>", graph)
        for key, value in node.items():
            if key not in ("@context", "id", "type"):
                try:
                    self._member(subject, _term(key, active), value, active, outer, graph, depth)
                except CannotCanonicalise as refused:
                    raise refused.inside(key) from refused
        return subject

    def _with_own_context(self, node: Mapping[str, Any], outer: ActiveContext) -> ActiveContext:
        urls = node.get("@context", [])
        urls = [urls] if isinstance(urls, str) else urls
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            raise CannotCanonicalise("@context", "must be a list of the addresses of published contexts")
        if len(urls) > MOST_CONTEXTS:
            raise CannotCanonicalise("@context", f"names more than {MOST_CONTEXTS} contexts")
        try:
            if not outer.terms:
                return active_context(tuple(urls), self._load)
            for url in urls:
                outer = outer.extended(self._load(url)["@context"])
        except NotBundled as error:
            raise CannotCanonicalise("@context", f"{error} is not a context we know") from error
        return outer

    def _member(
        self,
        subject: str,
        term: Term,
        value: object,
        active: ActiveContext,
        outer: ActiveContext,
        graph: str,
        depth: int,
    ) -> None:
        if term.scoped is not None:
            active = active.extended(term.scoped, over_protected=True)
            outer = outer.extended(term.scoped, over_protected=True)
        if term.coercion == "@json":
            self._say(subject, f"<{term.iri}>", json_literal(value), graph)
            return
        items = [item for item in (value if isinstance(value, list) else [value]) if item is not None]
        named = [self._value(item, term, active, outer, graph, depth) for item in items]
        if term.container == "@list":
            named = [self._list(named, graph)]
        for each in named:
            self._say(subject, f"<{term.iri}>", each, graph)

    def _value(
        self, item: object, term: Term, active: ActiveContext, outer: ActiveContext, graph: str, depth: int
    ) -> str:
        if isinstance(item, str):
            return _text(item, term, active)
        if not isinstance(item, dict):
            return number_literal(item, term.coercion)
        if "@value" in item:
            return value_literal(item, lambda kind: _type(kind, active))
        if not item:
            raise CannotCanonicalise("", "an empty object is not supported")
        if term.container == "@graph":
            graph = self._blank()
            self.node(item, outer, graph, depth + 1)
            return graph
        return self.node(item, outer, graph, depth + 1)

    def _list(self, named: list[str], graph: str) -> str:
        """An ordered list as RDF writes it: a chain of nodes without ids."""
        rest = _NIL
        for each in reversed(named):
            link = self._blank()
            self._say(link, f"<{RDF}first>", each, graph)
            self._say(link, f"<{RDF}rest>", rest, graph)
            rest = link
        return rest

    def _blank(self) -> str:
        self._blanks += 1
        return f"_:b{self._blanks}"

    def _say(self, subject: str, predicate: str, object_: str, graph: str) -> None:
        if len(self.quads) == MOST_STATEMENTS:
            raise CannotCanonicalise("", f"says more than {MOST_STATEMENTS} things")
        self.quads.append((subject, predicate, object_, graph))


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise CannotCanonicalise("type", "must be a text or a list of texts")
    return tuple(value)


def _term(name: str, active: ActiveContext) -> Term:
    term = active.terms.get(name)
    if term is None and active.vocab and ":" not in name and "@" not in name:
        term = Term(active.vocab + name)
    if term is None or term.iri.startswith("@"):
        raise NotCovered("", "the contexts do not define this term here, so that no signature covers it")
    unknown_container = term.container not in (None, "@set", "@list") and term.iri != PROOF
    if unknown_container or term.coercion == "@none":
        raise CannotCanonicalise("", "a term of this kind is not supported")
    return term


def _type(name: str, outer: ActiveContext) -> str:
    iri = outer.iri_of_type(name)
    if iri is None and ":" in name:
        iri = _absolute(name, outer, "type")
    if iri is None:
        raise NotCovered("type", f"the contexts do not define the type {name}")
    return _whole(iri, "type")


def _absolute(value: object, active: ActiveContext, where: str = "") -> str:
    """An id or URL, written in full where it was shortened by a prefix."""
    if not isinstance(value, str):
        raise CannotCanonicalise(where, "must be an id or URL")
    prefix, _, suffix = value.partition(":")
    term = active.terms.get(prefix)
    if term is not None and term.prefix and suffix[:2] != "//":
        value = term.iri + suffix
    return _whole(value, where)


def _whole(iri: str, where: str) -> str:
    if not _IRI.fullmatch(iri):
        raise NotCovered(where, "not an absolute id or URL, or with characters that it may not have")
    return iri


def _text(value: str, term: Term, active: ActiveContext) -> str:
    if term.coercion == "@id" or term.container == "@graph":
        return f"<{_absolute(value, active)}>"
    if term.coercion == "@vocab":
        named = active.terms.get(value)
        return f"<{named.iri if named else _absolute(value, active)}>"
    return text_literal(value, term.coercion)
