"""JSON-LD contexts compiled once into tables of terms, for the small part of JSON-LD that credentials use.

Context processing is what makes JSON-LD slow: a full processor spends nine tenths of a signature on it. Our
documents name the same few pinned contexts every time, so each combination of contexts and types is worked
out once and remembered. What this compiler does not know it refuses, and so do the terms it cannot write:
a term that a full processor would read differently must never be signed (JSON-LD 1.1 API, section 4).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Definitions = Mapping[str, Any]
Loader = Callable[[str], Mapping[str, Any]]

# A stranger can think of any number of type lists; our own documents have about twenty.
REMEMBERED = 256

_KNOWN_IN_CONTEXT = {"@protected", "@version", "@vocab"}
_KNOWN_IN_TERM = {"@id", "@type", "@container", "@context", "@protected"}
_ENDS_OF_PREFIXES = (":", "/", "?", "#", "[", "]", "@")
_ALIASES = {"id": "@id", "type": "@type"}


_STRING = "http://www.w3.org/2001/XMLSchema#string"
_PART = "(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]++|%[0-9A-Fa-f]{2})*+"
_PORT = "(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3})"  # some readers refuse those above 65535
_PLAIN = re.compile(
    f"[A-Za-z][A-Za-z0-9+.-]*:(?://[A-Za-z0-9.-]+(?::{_PORT})?(?:/{_PART})?|(?!//){_PART})"
    f"(?:[?]{_PART.replace('/', '/?')})?(?:#{_PART.replace('/', '/?')})?"
)


def is_plain_iri(text: str) -> bool:
    """Whether this is an absolute IRI beyond doubt: ASCII, every part well-formed, without userinfo."""
    return bool(_PLAIN.fullmatch(text))


class CannotCanonicalise(ValueError):
    """The document says something that our signature could not cover; `where` is the path to it."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where or 'document'}: {reason}")
        self.where = where
        self.reason = reason

    def inside(self, key: str) -> "CannotCanonicalise":
        """The same refusal, seen from the object that holds the offending value under `key`."""
        return type(self)(f"{key}.{self.where}" if self.where else key, self.reason)


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its IRI, the type its strings are coerced to, and the context its type brings along."""

    iri: str
    coercion: str | None = None
    container: str | None = None
    scoped: Definitions | None = None
    protected: bool = field(default=False, compare=False)
    prefix: bool = False

    @property
    def refusal(self) -> str | None:
        """Why the term cannot be written as a property, or None if it can."""
        if self.iri.startswith("@"):
            return "is a keyword, not a property"
        if self.container not in (None, "@set"):
            return f"container {self.container} is not supported"
        if self.scoped is not None:
            return "a context scoped to a property is not supported"
        if self.coercion is not None and self.coercion.startswith("@") and self.coercion != "@id":
            return f"type {self.coercion} is not supported"
        return None


class Property:
    """A term ready to be written: everything about it that stands in each of its N-Quads statements."""

    __slots__ = ("coercion", "literal_end", "plain", "predicate", "refers")

    def __init__(self, term: Term) -> None:
        self.predicate = f" <{term.iri}> "
        self.refers = term.coercion == "@id"
        self.coercion = None if self.refers else term.coercion
        typed = self.coercion is not None and self.coercion != _STRING  # which canonical N-Quads leave out
        self.literal_end = f'"^^<{self.coercion}>' if typed else '"'
        self.plain = is_plain_iri(term.iri) and (self.coercion is None or is_plain_iri(self.coercion))


class ActiveContext:
    """The terms in force at one place of a document. Immutable once built; grows only its memo."""

    def __init__(self, terms: dict[str, Term], vocab: str | None = None) -> None:
        self.terms = terms
        self.vocab = vocab
        self.names_ids = "id" in terms and terms["id"].iri == "@id"
        self.names_types = "type" in terms and terms["type"].iri == "@type"
        self._properties = {name: Property(term) for name, term in terms.items() if not term.refusal}
        self._scoped: dict[tuple[str, ...], ActiveContext] = {}

    def property(self, name: str) -> Property:
        """What to write for a key of an object. Raises CannotCanonicalise if it must not be one."""
        found = self._properties.get(name)
        if found is not None:
            return found
        term = self.terms.get(name)
        if term is None and self.vocab and ":" not in name and "@" not in name:
            return Property(Term(self.vocab + name))
        reason = term.refusal if term is not None else None
        raise CannotCanonicalise("", reason or "the contexts do not define this term here")

    def extended(self, definitions: Definitions, over_protected: bool = False) -> "ActiveContext":
        """This context with a local one on top (JSON-LD 1.1 API, 4.1). Raises CannotCanonicalise.

        Only a context scoped to a property may go `over_protected` terms.
        """
        unknown = {key for key in definitions if key.startswith("@")} - _KNOWN_IN_CONTEXT
        if unknown:
            raise CannotCanonicalise("@context", f"{min(unknown)} is not supported")
        vocab = definitions.get("@vocab", self.vocab)
        compiler = _Compiler(self.terms, definitions, vocab)
        terms = dict(self.terms)
        for name in definitions:
            if not name.startswith("@"):
                before = None if over_protected else self.terms.get(name)
                terms[name] = _unless_protected(name, before, compiler.term(name))
        return ActiveContext(terms, vocab)

    def for_types(self, types: tuple[str, ...]) -> "ActiveContext":
        """The context inside a node of these types: their scoped contexts, applied in order of name."""
        found = self._scoped.get(types)
        if found is None:
            found = self
            for name in sorted(types):
                term = self.terms.get(name)
                if term is not None and term.scoped is not None:
                    found = found.extended(term.scoped)
            if len(self._scoped) < REMEMBERED:
                self._scoped[types] = found
        return found

    def iri_of_type(self, name: str) -> str | None:
        """The IRI that a type's name stands for, or None where nothing defines it."""
        term = self.terms.get(name)
        if term is not None:
            return term.iri
        if ":" in name:
            return None if name.split(":", 1)[0] in self.terms else name
        return self.vocab + name if self.vocab else None


def _unless_protected(name: str, before: Term | None, now: Term) -> Term:
    if before is None or not before.protected:
        return now
    if before != now:
        raise CannotCanonicalise("@context", f"{name} is protected and defined twice")
    return before


class _Compiler:
    """Works out the terms of one local context; a term may be defined by way of another one."""

    def __init__(self, inherited: Mapping[str, Term], definitions: Definitions, vocab: str | None) -> None:
        self._inherited = inherited
        self._definitions = definitions
        self._vocab = vocab

    def term(self, name: str, through: tuple[str, ...] = ()) -> Term:
        """The term `name`; `through` are the terms whose definitions led to it."""
        definition = self._definitions[name]
        simple = isinstance(definition, str)
        if name in through:
            raise CannotCanonicalise("@context", f"{name} is defined by itself")
        if isinstance(definition, str):
            definition = {"@id": definition}
        if not isinstance(definition, dict) or definition.keys() - _KNOWN_IN_TERM:
            raise CannotCanonicalise("@context", f"the definition of {name} is not supported")
        coercion = definition.get("@type")
        iri = self._expand(name, definition.get("@id", name), (*through, name))
        if iri in _ALIASES.values() and _ALIASES.get(name) != iri:
            raise CannotCanonicalise("@context", f"{name} may not stand for {iri}")
        return Term(
            iri=iri,
            coercion=None if coercion is None else self._expand(name, coercion, (*through, name)),
            container=definition.get("@container"),
            scoped=definition.get("@context"),
            protected=bool(definition.get("@protected", self._definitions.get("@protected"))),
            prefix=simple and iri.endswith(_ENDS_OF_PREFIXES),
        )

    def _expand(self, name: str, value: str, through: tuple[str, ...]) -> str:
        """The IRI or keyword that `value` names inside a definition of `name`."""
        if value.startswith("@"):
            return value
        if value in self._definitions and value != name:
            return self.term(value, through).iri
        if value in self._inherited:
            return self._inherited[value].iri
        prefix, colon, suffix = value.partition(":")
        if colon:
            named = self._term_or_none(prefix, through)
            return named.iri + suffix if named and named.prefix and suffix[:2] != "//" else value
        if self._vocab is not None:
            return self._vocab + value
        raise CannotCanonicalise("@context", f"{value} in the definition of {name} is not an absolute IRI")

    def _term_or_none(self, name: str, through: tuple[str, ...]) -> Term | None:
        return self.term(name, through) if name in self._definitions else self._inherited.get(name)


@lru_cache(maxsize=64)
def active_context(urls: tuple[str, ...], load: Loader) -> ActiveContext:
    """The context of a document that names `urls`; `load` gives the parsed file of each.

    Raises CannotCanonicalise for a construct that is not supported, and whatever `load` raises.
    """
    active = ActiveContext({})
    for url in urls:
        active = active.extended(load(url)["@context"])
    return active
