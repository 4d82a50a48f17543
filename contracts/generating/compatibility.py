"""What may change in the schema of an event that others read already: optional fields may be added.

Everything else breaks somebody: a reader that counts on a field, or a payload that was stored before.
"""

from collections.abc import Iterator

from .forms import Schema

_WORDS = {"title", "description", "examples", "$comment"}
_COMPARED_BY_PART = {"properties", "required", "items"}


def breaks(old: Schema, new: Schema, where: str = "") -> Iterator[str]:
    """Each way in which `new` breaks readers or payloads of `old`; none where it is compatible."""
    yield from _fields_that_break(old, new, where)
    if "items" in old and "items" in new:
        yield from breaks(old["items"], new["items"], f"{where}[]")
    for key in sorted((old.keys() | new.keys()) - _WORDS - _COMPARED_BY_PART):
        if old.get(key) != new.get(key):
            yield f"{where or 'the event'}: {key} was {old.get(key)!r} and is {new.get(key)!r}"


def _fields_that_break(old: Schema, new: Schema, where: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must_before, must_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        path = f"{where}.{name}".lstrip(".")
        if name not in after:
            yield f"{path} is gone"
        else:
            yield from breaks(before[name], after[name], path)
    for name in sorted(must_after - must_before):
        yield f"{where}.{name}".lstrip(".") + " is required now; new fields must be optional"
    for name in sorted((must_before - must_after) & after.keys()):
        yield f"{where}.{name}".lstrip(".") + " is no longer required; readers count on it"
