"""A badge carried inside its picture: SVG baking of Open Badges 3.0 (5.3.2), and of 2.0 beside it.

What is baked stands right behind the opening tag, 3.0 first; every other byte stays as it was. Both standards
use the prefix `openbadges`, for namespaces of their own, so each element declares the one it is in.
"""

import re
from html import escape

_3_0 = b'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'
_2_0 = b'xmlns:openbadges="http://openbadges.org"'
_ATTRIBUTES = rb"""(?:[^<>"'/]|"[^"]*"|'[^']*')*"""
_PROLOGUE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^\[>]*>\s*)*", re.DOTALL
)
_ROOT = re.compile(rb"<svg\b" + _ATTRIBUTES + rb">")


class NotABadgeDrawing(ValueError):
    """The file is not an SVG that can carry a badge; it must begin with its `<svg>` element."""


def bake_svg(svg: bytes, credential: bytes, assertion: bytes | None = None) -> bytes:
    """The drawing with `credential` (UTF-8 JSON or a compact JWS) in it, in place of one it carried.

    `assertion` is the same badge for Open Badges 2.0: the URL of its assertion. Without it one that the
    drawing carries stays. Raises NotABadgeDrawing.
    """
    start = _PROLOGUE.match(svg)
    root = _ROOT.match(svg, start.end() if start else 0)
    if root is None:
        raise NotABadgeDrawing
    baked, rest = _credential(credential), _without(b"credential", svg[root.end() :])
    if assertion is not None:
        baked += b"<openbadges:assertion " + _2_0 + b' verify="' + _quoted(assertion) + b'"/>'
        rest = _without(b"assertion", rest)
    return svg[: root.end()] + baked + rest


def _credential(credential: bytes) -> bytes:
    """JSON as character data, a JWS as an attribute."""
    if not credential.startswith(b"{"):
        return b"<openbadges:credential " + _3_0 + b' verify="' + _quoted(credential) + b'"/>'
    data = credential.replace(b"]]>", b"]]]]><![CDATA[>")
    return b"<openbadges:credential " + _3_0 + b"><![CDATA[" + data + b"]]></openbadges:credential>"


def _without(name: bytes, rest: bytes) -> bytes:
    element = rb"<openbadges:%b\b%b(?:/>|>(?:<!\[CDATA\[.*?\]\]>|[^<])*</openbadges:%b\s*>)"
    return re.sub(element % (name, _ATTRIBUTES, name), b"", rest, flags=re.DOTALL)


def _quoted(text: bytes) -> bytes:
    return escape(text.decode()).encode()
