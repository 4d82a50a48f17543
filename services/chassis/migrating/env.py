"""What alembic runs: in the caller's connection and transaction, for one service's tables."""

from typing import Any

from alembic import context

from services.chassis import tables

attributes = context.config.attributes


def _ours(_thing: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    """A service's own migrations leave the chassis' tables alone."""
    metadata = attributes["metadata"]
    foreign = metadata is not None and metadata is not tables.metadata
    return not (kind == "table" and foreign and name in tables.metadata.tables)


context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["metadata"],
    version_table=attributes["version_table"],
    include_object=_ours,
    compare_server_default=True,
)
context.run_migrations()
