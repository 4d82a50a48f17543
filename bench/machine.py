"""What figures are taken on."""

import os
import platform


def machine() -> str:
    """This machine, in a line."""
    system = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {system}"
