"""The HTTP interface of badges."""

from services.chassis.errors import Statuses

from ..domain.award import (
    Forgotten,
    NotAnOccasion,
    NotVerified,
    TooManyLines,
    UnknownAchievement,
    UnknownAward,
    UnknownOrganisation,
)
from ..domain.text import Unsignable

ROUTERS = ()

STATUSES: Statuses = {
    Forgotten: 410,
    NotAnOccasion: 422,
    NotVerified: 409,
    TooManyLines: 413,
    UnknownAchievement: 404,
    UnknownAward: 404,
    UnknownOrganisation: 404,
    Unsignable: 422,
}
