"""The HTTP interface of badges."""

from services.chassis.errors import Statuses

from ..domain.award import (
    Forgotten,
    NotAnOccasion,
    NotVerified,
    TooManyLines,
    UnknownAchievement,
    UnknownAward,
    UnknownJob,
    UnknownOrganisation,
)
from ..domain.text import Unsignable
from . import achievements, awards, badges, documents, jobs

ROUTERS = (achievements.router, documents.router, jobs.router, awards.router, badges.router)

STATUSES: Statuses = {
    Forgotten: 410,
    NotAnOccasion: 422,
    NotVerified: 409,
    TooManyLines: 413,
    UnknownAchievement: 404,
    UnknownAward: 404,
    UnknownJob: 404,
    UnknownOrganisation: 404,
    Unsignable: 422,
}
