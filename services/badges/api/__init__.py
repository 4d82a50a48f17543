"""The HTTP interface of badges."""

from services.chassis.errors import Statuses

from ..domain.additions import ItsOwn, NotItsOwn, TooManyVersions
from ..domain.award import (
    EvidenceOfMinors,
    ExpiresAlready,
    Forgotten,
    NotAnOccasion,
    NotVerified,
    TooManyLines,
    UnknownAchievement,
    UnknownAward,
    UnknownJob,
    UnknownOrganisation,
)
from ..domain.endorsement import EndorsedAlready, EndorsesItself, Settled, UnknownEndorsement
from ..domain.text import Unsignable
from . import achievements, awards, badges, documents, endorsements, jobs

ROUTERS = (
    achievements.router,
    endorsements.router,
    documents.router,
    jobs.router,
    awards.router,
    badges.router,
)

STATUSES: Statuses = {
    EndorsedAlready: 409,
    EndorsesItself: 409,
    EvidenceOfMinors: 409,
    ExpiresAlready: 422,
    Forgotten: 410,
    ItsOwn: 409,
    NotItsOwn: 409,
    Settled: 409,
    TooManyVersions: 409,
    UnknownEndorsement: 404,
    NotAnOccasion: 422,
    NotVerified: 409,
    TooManyLines: 413,
    UnknownAchievement: 404,
    UnknownAward: 404,
    UnknownJob: 404,
    UnknownOrganisation: 404,
    Unsignable: 422,
}
