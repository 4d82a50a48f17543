"""Rows given to one statement, which reads them by `json_to_recordset`: prepared once for any number."""

from collections.abc import Sequence
from typing import Any

import orjson


def rows(listed: Sequence[dict[str, Any]]) -> str:
    """The rows as JSON. Ids from the database are of the driver's own type, which JSON knows as text."""
    return orjson.dumps(listed, default=str).decode()
