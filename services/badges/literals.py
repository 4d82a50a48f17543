"""Values of a document as RDF literals: texts, numbers, truth values, texts in a language, and JSON as it is.

As the JSON-LD 1.1 API (8.2.2) and the JSON Canonicalization Scheme (RFC 8785) prescribe; what libraries write
differently is refused.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .contexts import CannotCanonicalise
from .domain.text import UNUSABLE

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SHORTEST = re.compile(r"(\d)0*E\+?(-?)0*(\d)")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


def text_literal(value: str, datatype: str | None) -> str:
    """A text, with the type that its term gives it. Raises CannotCanonicalise."""
    end = f"^^<{datatype}>" if datatype and datatype != XSD + "string" else ""
    return _quoted(value) + end


def number_literal(value: object, coercion: str | None) -> str:
    """A number or truth value in its canonical form (JSON-LD 1.1 API, 8.2.2). Raises CannotCanonicalise."""
    if (coercion or "").startswith("@") or not isinstance(value, bool | int | float):
        raise CannotCanonicalise("", "must be a text, a number, true, false or an object")
    if isinstance(value, bool):
        return text_literal(str(value).lower(), coercion or XSD + "boolean")
    if value != int(value) or abs(value) >= 1e21 or coercion == XSD + "double":
        shortest = _SHORTEST.sub(r"\1E\2\3", f"{value:1.15E}")
        return text_literal(shortest, coercion or XSD + "double")
    if abs(value) > 2**53:
        raise CannotCanonicalise("", "is a number larger than all libraries read alike")
    return text_literal(str(int(value)), coercion or XSD + "integer")


def value_literal(item: Mapping[str, Any], type_iri: Callable[[str], str]) -> str:
    """A value object (JSON-LD 1.1, 4.2.1, 4.2.4): a value with its own type or language.

    `type_iri` gives the IRI that a type's name stands for. Raises CannotCanonicalise.
    """
    unknown = item.keys() - {"@value", "@type", "@language"}
    if unknown:
        # A direction, for one, gets lost on the way to RDF, so that no signature covers it.
        raise CannotCanonicalise(min(unknown), "is not supported beside @value")
    value, kind, language = item["@value"], item.get("@type"), item.get("@language")
    if language is not None:
        if kind is not None or not isinstance(value, str) or not isinstance(language, str):
            raise CannotCanonicalise("@language", "goes with a text that has no type")
        if not _LANGUAGE.fullmatch(language):
            raise CannotCanonicalise("@language", "is not the tag of a language")
        return f"{_quoted(value)}@{language.lower()}"
    if kind is not None and (not isinstance(kind, str) or kind.startswith("@")):
        raise CannotCanonicalise("@type", "is not a type that a value may have here")
    datatype = None if kind is None else type_iri(kind)
    return text_literal(value, datatype) if isinstance(value, str) else number_literal(value, datatype)


def json_literal(value: object) -> str:
    """Any JSON as one literal (JSON-LD 1.1, 10.2). Raises CannotCanonicalise."""
    return f"{_quoted(_jcs(value))}^^<{RDF}JSON>"


def _jcs(value: object) -> str:
    """RFC 8785 but for fractions, which are refused; object keys are sorted by UTF-16 code units there."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_jcs(name)}:{_jcs(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_jcs, value)) + "]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > 2**53):
        raise CannotCanonicalise("", "has a number in JSON that libraries do not write alike")
    return json.dumps(value, ensure_ascii=False)


def _quoted(value: str) -> str:
    if UNUSABLE.search(value):
        raise CannotCanonicalise("", "has a control character, which libraries write differently")
    return f'"{value.translate(_ESCAPES)}"'
