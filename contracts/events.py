"""Every event of a city, found by its type."""

from types import ModuleType

from . import badges, catalogue, notify, pathways
from .envelope import Event


def _defined_in(module: ModuleType) -> list[type[Event]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event) and value.__module__ == module.__name__
    ]


EVENTS: dict[str, type[Event]] = {
    event.type: event for module in (catalogue, badges, pathways, notify) for event in _defined_in(module)
}
