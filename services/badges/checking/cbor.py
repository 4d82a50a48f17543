"""The little of CBOR (RFC 8949) that proofs are written in: whole numbers, bytes, lists and maps."""

from typing import Any

LEVELS = 4
MOST_ITEMS = 20_000
_BYTES_TAG = 64


class NotCbor(ValueError):
    """The bytes are no CBOR of the kinds that we know."""


def decode(data: bytes) -> Any:
    """The one value that the bytes are. Raises NotCbor."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise NotCbor("something follows the end")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at, self._items = data, 0, 0

    def value(self, depth: int) -> Any:
        self._items += 1
        if depth > LEVELS or self._items > MOST_ITEMS:
            raise NotCbor("it is too deep or too long")
        kind, argument = self._head()
        if kind == 0:
            return argument
        if kind == 2:
            return self._take(argument)
        if kind == 4:
            return [self.value(depth + 1) for _ in range(self._count(argument))]
        if kind == 5:
            return {self._key(depth): self.value(depth + 1) for _ in range(self._count(argument))}
        if kind == 6 and argument == _BYTES_TAG:
            return self.value(depth + 1)
        raise NotCbor("it has a value of another kind")

    def _key(self, depth: int) -> int:
        key = self.value(depth + 1)
        if not isinstance(key, int):
            raise NotCbor("a map has keys that are no numbers")
        return key

    def _count(self, argument: int) -> int:
        if argument > len(self.data):
            raise NotCbor("it ends too early")
        return argument

    def _head(self) -> tuple[int, int]:
        first = self._take(1)[0]
        kind, short = first >> 5, first & 31
        if short < 24:
            return kind, short
        if short > 27:
            raise NotCbor("it is of unknown length")
        return kind, int.from_bytes(self._take(1 << (short - 24)))

    def _take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise NotCbor("it ends too early")
        taken = self.data[self.at : self.at + count]
        self.at += count
        return taken
