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
from ..domain.wallet import NotProven
from ..sheets import NotReadable
from ..usecases.bulk import NotPossible
from ..usecases.hosting import NotIssued, NotYours
from . import (
    achievements,
    awards,
    badges,
    bulk,
    bulk_files,
    credentials,
    documents,
    endorsements,
    hosted,
    jobs,
    verification,
    wallets,
)

ROUTERS = (
    achievements.router,
    endorsements.router,
    documents.router,
    jobs.router,
    bulk.router,
    bulk_files.router,
    awards.router,
    credentials.router,
    badges.router,
    hosted.router,
    verification.router,
    wallets.router,
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
    NotIssued: 409,
    NotPossible: 409,
    NotProven: 422,
    NotReadable: 422,
    NotVerified: 409,
    NotYours: 403,
    TooManyLines: 413,
    UnknownAchievement: 404,
    UnknownAward: 404,
    UnknownJob: 404,
    UnknownOrganisation: 404,
    Unsignable: 422,
}
