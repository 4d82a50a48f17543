"""Samples in the integrators' pages: each stands in a file that tests run, and is copied from there.

A fenced block that follows the line `<!-- examples/<file> -->` is that file.
"""

import re
from collections.abc import Callable

_SAMPLE = re.compile(r"^(<!-- (examples/[\w.-]+) -->\n\n?)```(\w+)\n.*?^```$", re.MULTILINE | re.DOTALL)


def with_samples(page: str, read: Callable[[str], str]) -> str:
    """The page with every sample as its file is now; `read` answers the text of `examples/<file>`."""

    def current(found: re.Match[str]) -> str:
        return f"{found[1]}```{found[3]}\n{read(found[2])}```"

    return _SAMPLE.sub(current, page)
