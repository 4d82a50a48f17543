"""The HTTP interface of notify."""

from services.chassis.errors import Statuses

from ..domain.filter import UnknownTypePattern
from ..domain.integration import (
    ClientTaken,
    NotForOrganisations,
    NotTheirs,
    UnknownClient,
    UnknownIntegration,
    UnsuitableClient,
)
from ..domain.letter import NotCorrectable, NotResendable
from ..domain.reader import (
    KeyTaken,
    NotAKey,
    ReaderNameTaken,
    TooManyKeys,
    TooManyReaders,
    UnknownKey,
    UnknownReader,
)
from ..domain.subscription import (
    NotPublicType,
    TooManyReplays,
    TooManySubscriptions,
    UnderWay,
    UnknownDelivery,
    UnknownSubscription,
    UnsuitableAddress,
)
from ..listeners import TooManyStreams
from ..providers import NotUnderstood
from ..returns import NoReport
from ..usecases.choosing import NotOptional, UnknownTicket
from ..usecases.digests import NoDigest
from ..usecases.feedback import NotAnAddress, UnknownAddress
from ..usecases.letters import UnknownLetter
from ..usecases.reading import BeyondTheEnd, OtherOrganisation, ScopeMissing
from . import (
    choosing,
    deliveries,
    developers,
    digests,
    feedback,
    integrations,
    letters,
    previews,
    readers,
    subscriptions,
)

ROUTERS = (
    previews.router,
    choosing.router,
    feedback.router,
    digests.router,
    letters.router,
    integrations.router,
    readers.router,
    subscriptions.router,
    deliveries.router,
    developers.router,
)

STATUSES: Statuses = {
    BeyondTheEnd: 422,
    ClientTaken: 409,
    KeyTaken: 409,
    NoDigest: 404,
    NoReport: 422,
    NotAKey: 422,
    NotAnAddress: 422,
    NotCorrectable: 409,
    NotForOrganisations: 403,
    NotOptional: 422,
    NotPublicType: 422,
    NotResendable: 409,
    NotTheirs: 403,
    NotUnderstood: 422,
    OtherOrganisation: 403,
    ReaderNameTaken: 409,
    ScopeMissing: 403,
    TooManyKeys: 409,
    TooManyReplays: 409,
    TooManyReaders: 409,
    TooManyStreams: 429,
    TooManySubscriptions: 409,
    UnderWay: 409,
    UnknownAddress: 404,
    UnknownClient: 422,
    UnknownDelivery: 404,
    UnknownIntegration: 404,
    UnknownKey: 404,
    UnknownLetter: 404,
    UnknownReader: 404,
    UnknownSubscription: 404,
    UnknownTicket: 404,
    UnknownTypePattern: 422,
    UnsuitableAddress: 422,
    UnsuitableClient: 422,
}
