"""Text in the order and the letter forms in which it is drawn from left to right.

Pillow can do this only with libraries that are not on every machine, and then the same badge would have other
bytes elsewhere. Titles are short and of one or two scripts, so the plain part of the Unicode bidirectional
algorithm (UAX #9, without embeddings and bracket pairs) and the joining of Arabic letters are enough.
"""

import unicodedata
from functools import cache
from itertools import groupby

_TATWEEL = "\u0640"
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_DIRECTION = {"R": "R", "AL": "R", "L": "L", "EN": "N", "AN": "N"}
Forms = dict[str, str]


def visual_order(text: str) -> str:
    """The characters of one line as they stand from left to right, Arabic letters joined."""
    if not any(_direction(character) == "R" for character in text):
        return text
    joined = _joined(_without_marks(text))
    levels = _levels([_direction(character) for character in joined])
    drawn = [
        (each.translate(_MIRRORED) if level % 2 else each, level)
        for each, level in zip(joined, levels, strict=True)
    ]
    for level in (2, 1):
        drawn = _reversed_runs(drawn, level)
    return "".join(character for character, _ in drawn)


def _direction(character: str) -> str:
    """R, L, N for digits, or empty for what takes the direction of its surroundings."""
    return _DIRECTION.get(unicodedata.bidirectional(character), "")


def _levels(directions: list[str]) -> list[int]:
    """How often each character is turned around: odd from the right, even from the left (UAX #9, 3.3.6).

    Digits belong to the word before them, and a neutral character to its neighbours if they agree.
    """
    base = next((each for each in directions if each in ("L", "R")), "L")
    resolved, word = list(directions), base
    for index, direction in enumerate(directions):
        word = direction if direction in ("L", "R") else word
        if direction == "N" and word == "L":
            resolved[index] = "L"
        elif not direction:
            resolved[index] = _neutral(resolved[:index], directions[index + 1 :], word, base)
    left = 0 if base == "L" else 2
    return [{"L": left, "R": 1, "N": 2}[each] for each in resolved]


def _neutral(before: list[str], after: list[str], word: str, base: str) -> str:
    """The direction of a character without one; digits beside it count as the word they belong to."""
    sides = {"R" if before and before[-1] == "N" else before[-1] if before else base}
    following = next((each for each in after if each), base)
    sides.add(word if following == "N" else following)
    return sides.pop() if len(sides) == 1 else base


def _reversed_runs(drawn: list[tuple[str, int]], level: int) -> list[tuple[str, int]]:
    """Turns around each stretch of characters of at least this level (UAX #9, rule L2)."""
    result: list[tuple[str, int]] = []
    for reaches, stretch in groupby(drawn, key=lambda each: each[1] >= level):
        run = list(stretch)
        result += run[::-1] if reaches else run
    return result


def _without_marks(text: str) -> str:
    """Vowel signs are left out: no badge title needs them, and they would stand in the wrong place."""
    return "".join(each for each in text if unicodedata.category(each) != "Mn")


def _joined(text: str) -> str:
    """Each Arabic letter in the form its neighbours ask for, lam and alef as one."""
    forms, letters = _arabic_forms(), _ligatured(text)
    drawn = []
    for index, letter in enumerate(letters):
        before = index > 0 and _joins_on(letters[index - 1])
        after = index + 1 < len(letters) and _is_joined_to(letters[index + 1])
        name = ("medial" if before else "initial") if after else ("final" if before else "isolated")
        own = forms.get(letter, {})
        fallback = own.get("final" if before else "isolated", letter)
        drawn.append(own.get(name, fallback))
    return "".join(drawn)


def _ligatured(text: str) -> list[str]:
    letters: list[str] = []
    for character in text:
        if letters and letters[-1] + character in _arabic_forms():
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def _joins_on(letter: str) -> bool:
    return letter == _TATWEEL or "initial" in _arabic_forms().get(letter, ())


def _is_joined_to(letter: str) -> bool:
    return letter == _TATWEEL or "final" in _arabic_forms().get(letter, ())


@cache
def _arabic_forms() -> dict[str, Forms]:
    """Letter (or lam with alef) -> name of the form -> its character, from Unicode's compatibility forms."""
    forms: dict[str, Forms] = {}
    for code in (*range(0xFB50, 0xFDD0), *range(0xFE70, 0xFEFD)):
        name, *parts = unicodedata.decomposition(chr(code)).split() or [""]
        letters = "".join(chr(int(part, 16)) for part in parts)
        if len(letters) == 1 or letters in ("لا", "لآ", "لأ", "لإ"):
            forms.setdefault(letters, {})[name.strip("<>")] = chr(code)
    return forms
