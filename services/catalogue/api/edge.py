"""What the routes need to know of a request: its moment, who may do what, whose address is meant."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from contracts.recipients import BadAddress, normal_address, recipient_id
from services.chassis.auth import Actor, SignedIn
from services.chassis.errors import Problem

from ..domain.recipient import Naming
from ..settings import CatalogueSettings
from ..usecases.activities import Edge


def settings_of(request: Request) -> CatalogueSettings:
    """The service's settings."""
    settings: CatalogueSettings = request.app.state.settings
    return settings


def now() -> datetime:
    """The moment of the request."""
    return datetime.now(UTC)


OrganisationId = Annotated[UUID, Path(description="id of the organisation")]
ActivityId = Annotated[UUID, Path(description="id of the activity")]
MemberId = Annotated[UUID, Path(description="id of one role of one member, as the list of members has it")]
ClientId = Annotated[UUID, Path(description="id of the machine")]
SessionId = Annotated[UUID, Path(description="id of the session, as the list has it")]
TheSettings = Annotated[CatalogueSettings, Depends(settings_of)]
Now = Annotated[datetime, Depends(now)]


def edge(actor: SignedIn, settings: TheSettings, at: Now) -> Edge:
    """What use cases about activities must know of the request."""
    return Edge(actor.name, at, settings.public_url, settings.require_verification)


TheEdge = Annotated[Edge, Depends(edge)]


def unrepeatable(request: Request) -> None:
    """Refuse an Idempotency-Key where the answer holds a secret, which must not be kept to be repeated."""
    if "idempotency-key" in request.headers:
        raise Problem(
            400, "not-repeatable", "the answer holds a secret and is not kept; send no Idempotency-Key"
        )


def require(actor: Actor, organisation: UUID, *roles: str, scope: str) -> None:
    """Refuse with 403 who may not act for the organisation: people by role, machines by scope."""
    if actor.client is None:
        actor.require_role(organisation, *roles)
    elif actor.client_organisation not in (None, organisation) or scope not in actor.scopes:
        raise Problem(403, "not-yours", f"this needs the scope {scope} for this organisation")


def addresses_of(actor: Actor) -> tuple[UUID, ...]:
    """The learner's proven addresses, as recipients; who has none is refused with 403."""
    actor.require_learner()
    if not actor.recipients:
        raise Problem(403, "no-address", "your access token names no address; sign in again")
    return actor.recipients


def recipient_of(settings: CatalogueSettings, address: str, field: str = "body.address") -> tuple[UUID, str]:
    """Recipient id and normal form of an address. Raises Problem 422 naming `field`."""
    try:
        return recipient_id(address, settings.recipient_key), normal_address(address)
    except BadAddress as error:
        raise Problem(422, "bad-address", str(error), field) from error


def naming(
    settings: CatalogueSettings,
    address: str,
    at: datetime,
    name: str | None = None,
    language: str | None = None,
) -> Naming:
    """What an organiser writes about a person by giving their address. Raises Problem 422."""
    recipient, normal = recipient_of(settings, address)
    return Naming(recipient, normal, by_person=False, at=at, name=name, language=language)
