"""The HTTP interface of notify."""

from services.chassis.errors import Statuses

from ..domain.integration import (
    ClientTaken,
    NotForOrganisations,
    NotTheirs,
    UnknownClient,
    UnknownIntegration,
    UnsuitableClient,
)
from ..domain.letter import NotResendable
from ..usecases.letters import UnknownLetter
from . import integrations, letters

ROUTERS = (letters.router, integrations.router)

STATUSES: Statuses = {
    ClientTaken: 409,
    NotForOrganisations: 403,
    NotResendable: 409,
    NotTheirs: 403,
    UnknownClient: 422,
    UnknownIntegration: 404,
    UnknownLetter: 404,
    UnsuitableClient: 422,
}
