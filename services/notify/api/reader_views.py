"""What requests and answers about readers and keys look like."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from ..domain.reader import Key, Reader, ReaderState
from .integration_views import Input, Line

Pattern = Annotated[str, Field(min_length=1, max_length=250, pattern=r"^[a-z0-9.*>-]+$")]
PublicKey = Annotated[str, Field(min_length=56, max_length=56, pattern=r"^U[A-Z2-7]{55}$")]


class ReaderDraft(Input):
    """A durable consumer on NATS."""

    name: Line = Field(description="what its owners call it, one line; once in an integration")
    types: Pattern = Field(
        "*",
        description="which events: `*` for all, `badges.*`, `badges.badge.awarded`, or a type with version",
    )


class KeyDraft(Input):
    """The public half of an nkey."""

    public: PublicKey = Field(
        description="56 letters and digits that begin with U; keep the other half (S...)"
    )


class Progress(BaseModel):
    """How far a reader has come. Sequences are the stream's."""

    pending: int = Field(description="events that it has not been given yet")
    unacknowledged: int = Field(description="events that it was given and has not acknowledged")
    delivered: int = Field(description="stream sequence of the last event that it was given")
    acknowledged: int = Field(description="stream sequence up to which it has acknowledged everything")


class Connecting(BaseModel):
    """How to connect and read."""

    server: str | None = Field(
        description="NATS' own protocol; null where this city offers the WebSocket alone"
    )
    websocket: str = Field(description="the same over a WebSocket, on the city's own address")
    stream: str = Field(description="name of the stream")
    inbox_prefix: str = Field(
        description="what the client's inbox prefix has to be; answers arrive nowhere else"
    )


class ReaderView(BaseModel):
    """A durable consumer on NATS, which the integration reads, acknowledges and rewinds itself."""

    id: UUID
    name: str
    types: str
    durable: str = Field(description="name of the consumer on NATS: bind to it, it cannot be made or changed")
    state: ReaderState = Field(description="wanted: there in a moment; ready")
    created_at: datetime
    progress: Progress | None = Field(None, description="null where NATS did not say")
    connect: Connecting

    @classmethod
    def of(cls, reader: Reader, connect: Connecting, progress: Progress | None = None) -> Self:
        """The reader as its owners see it."""
        names = ("id", "name", "types", "durable", "state", "created_at")
        return cls(**{name: getattr(reader, name) for name in names}, connect=connect, progress=progress)


class ReaderList(BaseModel):
    """The readers of an integration, oldest first."""

    items: list[ReaderView]


class KeyView(BaseModel):
    """A key with which an integration connects."""

    public: str
    created_at: datetime

    @classmethod
    def of(cls, key: Key) -> Self:
        """The key as its owners see it."""
        return cls(public=key.public, created_at=key.created_at)


class KeyList(BaseModel):
    """The keys of an integration, oldest first."""

    items: list[KeyView]
