"""How versions of an achievement are numbered.

An achievement that comes with an activity or a pathway takes over the numbers of that source's versions, and
may come in any order. What its organiser adds to it is counted for itself: the second addition, shown on the
source's version 3, is number 2,000,003. So every number is the same whichever was heard of first, and the
highest one is the newest addition on the newest version.
"""

ADDITION = 1_000_000
MOST_ADDITIONS = 2_000  # what the database's numbers hold


def with_addition(version: int, addition: int) -> int:
    """The number of a source's version with its organiser's addition of that count, 0 for none."""
    return addition * ADDITION + version % ADDITION


def version_text(version: int) -> str:
    """The version as documents write it: `3`, or `3.2` with the second addition."""
    addition, number = divmod(version, ADDITION)
    return f"{number}.{addition}" if addition else str(number)
