"""What was handed in: a picture, a document, a token or an address, within limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from ..baking import KEYWORD, KEYWORD_2_0, NotABadgePicture, unbake
from .jws import credential_in
from .limits import LARGEST_DOCUMENT, LEVELS, NotReadable, parsed

LARGEST_SVG = 2 << 20
MOST_ELEMENTS = 20_000
_NAMESPACES = {"https://purl.imsglobal.org/ob/v3p0": "credential", "http://openbadges.org": "assertion"}
_PNG = b"\x89PNG\r\n\x1a\n"
_TOKEN = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_DATA_TOKEN = re.compile(r"data:application/(?:v[cp](?:-ld)?\+)?jwt,([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII)
_ENVELOPES = {"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"}


@dataclass(frozen=True, slots=True)
class Paper:
    """One of: a document, a token (with the document it carries), the address where either is."""

    form: str
    document: Mapping[str, Any] | None = None
    token: str = ""
    address: str = ""

    @classmethod
    def of_token(cls, text: str, form: str) -> "Paper":
        """A token and the document in it. Raises NotReadable."""
        if not _TOKEN.fullmatch(text.encode("utf-8", "replace")):
            raise NotReadable("it looks like a token (JWT), but is none")
        return cls(form, credential_in(text), text)


def read(content: bytes) -> Paper:
    """What the bytes are. Raises NotReadable."""
    if content.startswith(_PNG):
        return _inside("PNG", _from_png(content))
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"<"):
        return _inside("SVG", _from_svg(text))
    return _read_text(text, "")


def _inside(carrier: str, text: bytes) -> Paper:
    return _read_text(text.strip(), f" baked into a {carrier}")


def _read_text(text: bytes, where: str) -> Paper:
    if len(text) > LARGEST_DOCUMENT:
        raise NotReadable(f"it is larger than {LARGEST_DOCUMENT >> 10} KiB")
    if not text:
        raise NotReadable("it is empty")
    if text.startswith((b"https://", b"http://")) and len(text.split()) == 1:
        return Paper("an address" + where, address=_decoded(text))
    if _TOKEN.fullmatch(text):
        return Paper.of_token(text.decode(), "a signed token (JWT)" + where)
    document = parsed(text)
    enclosed = enclosed_token(document)
    if enclosed:
        return Paper.of_token(enclosed, "a signed token (JWT)" + where)
    return Paper("a JSON document" + where, document)


def enclosed_token(value: object) -> str:
    """The token in an EnvelopedVerifiableCredential or ...Presentation, else nothing (Data Model 2.0, 4.13).

    Raises NotReadable where the envelope holds something else.
    """
    if not isinstance(value, dict):
        return ""
    kinds = value.get("type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    if not any(isinstance(each, str) and each in _ENVELOPES for each in listed):
        return ""
    found = _DATA_TOKEN.fullmatch(str(value.get("id")))
    if found is None:
        raise NotReadable("it is an envelope around something else than a token (JWT)")
    return found[1]


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise NotReadable("it is not UTF-8") from error


def _from_png(content: bytes) -> bytes:
    try:
        for keyword in (KEYWORD, KEYWORD_2_0):
            found = unbake(content, keyword)
            if found is not None:
                return found
    except NotABadgePicture as error:
        raise NotReadable(f"the picture {error}") from error
    raise NotReadable("the picture carries no badge; its data may have been stripped when it was shared")


def _from_svg(content: bytes) -> bytes:
    """The `verify` attribute of the element, else its text (Open Badges 3.0, 5.3.2); 3.0 before 2.0."""
    if len(content) > LARGEST_SVG:
        raise NotReadable(f"the picture is larger than {LARGEST_SVG >> 20} MiB")
    reader = _Svg()
    try:
        reader.parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise NotReadable(f"the picture is not an SVG that can be read: {error}") from error
    for kind in _NAMESPACES.values():
        found = [text for name, text in reader.found if name == kind]
        if len(found) > 1:
            raise NotReadable("the picture carries more than one badge")
        if found:
            return found[0].encode("utf-8", "replace")
    raise NotReadable("the picture carries no badge")


class _Svg:
    """Finds the badge in an SVG. Declarations of entities, which can grow without limit, are refused."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._text: list[str] | None = None
        self._depth = self._elements = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse
        self.parser.UnparsedEntityDeclHandler = self._refuse

    def _refuse(self, *_: object) -> int:
        raise ValueError("it declares entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > LEVELS or self._elements > MOST_ELEMENTS:
            raise ValueError("it has too many elements")
        namespace, _, local = name.rpartition(" ")
        if _NAMESPACES.get(namespace) == local:
            if attributes.get("verify", "").strip():
                self.found.append((local, attributes["verify"]))
            else:
                self._text = []

    def _end(self, name: str) -> None:
        self._depth -= 1
        namespace, _, local = name.rpartition(" ")
        if self._text is not None and _NAMESPACES.get(namespace) == local:
            self.found.append((local, "".join(self._text)))
            self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
