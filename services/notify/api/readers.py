"""Readers and keys over HTTP: how an integration gets its way into NATS.

Its own client may see to its readers; keys, which outlive every access token, are for its owners to give.
"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from nats.aio.client import Client
from nats.errors import Error as NatsError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from contracts.subjects import reader_inbox, stream
from services.chassis.auth import Actor, SignedIn
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from ..domain.integration import Integration
from ..domain.reader import Key, Reader, durable_of
from ..storage import readers as storage
from ..usecases import readers as usecases
from .integrations import IntegrationId, managed
from .reader_views import (
    Connecting,
    KeyDraft,
    KeyList,
    KeyView,
    Progress,
    PublicKey,
    ReaderDraft,
    ReaderList,
    ReaderView,
)

router = APIRouter(prefix="/integrations/{integration}", tags=["readers"], route_class=Transactional)
ReaderId = Annotated[UUID, Path(description="the reader's id")]
_PATIENCE = 2.0  # seconds for NATS to say how far a reader has come


@router.post("/readers", status_code=201, responses=responses(401, 404, 409))
async def add(
    integration: IntegrationId, request: Request, body: ReaderDraft, actor: SignedIn, session: Session
) -> ReaderView:
    """Ask for a durable consumer on NATS with the first event the stream keeps as its start.

    It is there within seconds. Who is connected already has to connect anew to be let read it.
    """
    await _managed(session, actor, integration)
    settings = request.app.state.settings
    id_ = uuid7()
    told = Reader(
        id=id_,
        integration=integration,
        name=body.name,
        types=body.types,
        durable=durable_of(id_),
        state="wanted",
        created_at=datetime.now(UTC),
        created_by=actor.name,
    )
    made = await usecases.add(session, told, settings.readers_per_integration)
    return ReaderView.of(made, _connect(request, integration))


@router.get("/readers", responses=responses(401, 404))
async def listed(
    integration: IntegrationId, request: Request, actor: SignedIn, session: Session
) -> ReaderList:
    """The readers of an integration, how far each has come, and how to connect."""
    await _managed(session, actor, integration)
    found = await storage.of(session, integration)
    connect = _connect(request, integration)
    reached = await asyncio.gather(*(_progress(request, each) for each in found))
    shown = zip(found, reached, strict=True)
    return ReaderList(items=[ReaderView.of(each, connect, progress) for each, progress in shown])


@router.delete("/readers/{reader}", status_code=204, responses=responses(401, 404))
async def remove(integration: IntegrationId, reader: ReaderId, actor: SignedIn, session: Session) -> None:
    """Give a reader up, with how far it has read."""
    await _managed(session, actor, integration)
    await usecases.remove(session, integration, reader, actor.name)


@router.post("/keys", status_code=201, responses=responses(401, 404, 409))
async def add_key(
    integration: IntegrationId, request: Request, body: KeyDraft, actor: SignedIn, session: Session
) -> KeyView:
    """Register the public half of an nkey: its holder may connect to NATS for the integration.

    For owners and operators: a key outlives every access token.
    """
    await managed(session, actor, integration)
    key = Key(body.public, integration, datetime.now(UTC), actor.name)
    return KeyView.of(
        await usecases.add_key(session, key, request.app.state.settings.nats_identities_per_integration)
    )


@router.get("/keys", responses=responses(401, 404))
async def listed_keys(integration: IntegrationId, actor: SignedIn, session: Session) -> KeyList:
    """The keys of an integration."""
    await _managed(session, actor, integration)
    return KeyList(items=[KeyView.of(each) for each in await storage.keys_of(session, integration)])


@router.delete("/keys/{public}", status_code=204, responses=responses(401, 404))
async def remove_key(
    integration: IntegrationId,
    public: Annotated[PublicKey, Path(description="the public half of the key")],
    actor: SignedIn,
    session: Session,
) -> None:
    """Let the holder of a key in no longer; open connections by it are cut."""
    await managed(session, actor, integration)
    await usecases.remove_key(session, integration, public, actor.name)


async def _managed(session: AsyncSession, actor: Actor, integration: UUID) -> Integration:
    return await managed(session, actor, integration, itself=True)


def _connect(request: Request, integration: UUID) -> Connecting:
    settings = request.app.state.settings
    return Connecting(
        server=settings.nats_public_url,
        websocket="ws" + settings.public_url.removeprefix("http") + "/nats",
        stream=stream(settings.city),
        inbox_prefix=reader_inbox(integration),
    )


async def _progress(request: Request, reader: Reader) -> Progress | None:
    """How far a reader has come. A NATS that does not answer does not keep the list from being shown."""
    client: Client | None = getattr(request.app.state, "nats", None)
    if client is None or not client.is_connected:
        return None
    try:
        js = client.jetstream(timeout=_PATIENCE)
        told = await js.consumer_info(stream(request.app.state.settings.city), reader.durable)
    except (NatsError, TimeoutError):
        return None
    reached, settled = told.delivered, told.ack_floor
    return Progress(
        pending=told.num_pending or 0,
        unacknowledged=told.num_ack_pending or 0,
        delivered=reached.stream_seq if reached else 0,
        acknowledged=settled.stream_seq if settled else 0,
    )
