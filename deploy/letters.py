"""`make letters`: compile the letters' MJML sources to the HTML that is committed beside them.

Nothing of MJML runs in a city: mail programs need tables, and MJML keeps those out of what people edit.
"""

import argparse
import re
import sys
from pathlib import Path

TEMPLATES = Path(__file__).parents[1] / "services" / "notify" / "templates"


def compiled(source: str) -> str:
    """The HTML of an MJML source, a line for each block of it, so that a change shows as one."""
    import mrml  # a tool of developers; not installed where a city runs

    options = mrml.RenderOptions(fonts={})  # else it has known fonts fetched from elsewhere
    html: str = mrml.to_html(source, render_options=options).content
    return re.sub(r">(?=<(?:div|table|/body|!--\[if mso \| IE\]><table))", ">\n", html) + "\n"


def stale() -> dict[Path, str]:
    """What ought to be written: each file that is not what its source compiles to."""
    wanted = {
        file.with_suffix(".html"): compiled(file.read_text("utf-8")) for file in TEMPLATES.glob("*.mjml")
    }
    return {
        path: html for path, html in wanted.items() if not path.exists() or path.read_text("utf-8") != html
    }


def main() -> None:
    """Write what is stale; with --check, say so and fail instead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where something is stale")
    check = parser.parse_args().check
    found = stale()
    for path, html in found.items():
        if not check:
            path.write_text(html, "utf-8")
    if check and found:
        sys.exit(f"not up to date: {', '.join(path.name for path in found)}; run `make letters`")


if __name__ == "__main__":
    main()
