"""What the catalogue hears from the other services."""

from services.chassis.delivery import Handlers

from .settings import CatalogueSettings

HANDLERS: Handlers[CatalogueSettings] = {}
