"""Facts that catalogue publishes: organisations, people, activities, who took part."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from .envelope import PERSONAL, Event, Language, Text

Role = Literal["owner", "editor", "issuer", "reviewer"]
Kind = Literal[
    "event",
    "workshop",
    "course",
    "project",
    "volunteering",
    "internship",
    "open_space",
    "digital_experience",
]
Mode = Literal["in_person", "online", "both"]
Layer = Literal["engage", "participate", "demonstrate", "lead"]


class OrganisationRegistered(Event):
    """An organisation asked to offer learning in this city; it may not publish or award until verified."""

    type: ClassVar[str] = "col.catalogue.organisation.registered.v1"
    organisation: UUID
    name: Text
    description: Text = ""
    website: str | None = None
    language: Language = "en"

    @property
    def about(self) -> UUID:
        return self.organisation


class OrganisationVerified(Event):
    """An operator confirmed that the organisation is who it says it is."""

    type: ClassVar[str] = "col.catalogue.organisation.verified.v1"
    organisation: UUID

    @property
    def about(self) -> UUID:
        return self.organisation


class SkillNamed(BaseModel):
    """A skill as an activity names it: concept URI and its label in the activity's language."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    uri: str
    label: Text


class PlaceNamed(BaseModel):
    """Where an activity happens. WGS 84 degrees."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: Text
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    address: Text | None = None
    access: Text | None = Field(default=None, description="accessibility note")


class ActivityPublished(Event):
    """An activity became visible to everyone. Carries the whole activity, so that nobody need ask back."""

    type: ClassVar[str] = "col.catalogue.activity.published.v1"
    activity: UUID
    organisation: UUID
    version: int = Field(ge=1, description="grows with every change; the highest wins")
    title: Text
    description: Text
    kind: Kind
    mode: Mode
    layer: Layer
    language: Language = Field(description="of title and description")
    languages: tuple[Language, ...] = Field(default=(), description="spoken at the activity")
    interests: tuple[Text, ...] = ()
    skills: tuple[SkillNamed, ...] = ()
    place: PlaceNamed | None = None
    starts: datetime | None = Field(default=None, description="None where always open")
    ends: datetime | None = None
    time_zone: str = Field(description="IANA name, for showing the dates")
    url: str = Field(description="the activity's public page")

    @property
    def about(self) -> UUID:
        return self.activity


class ActivityChanged(ActivityPublished):
    """A published activity was edited; carries the whole activity as it is now."""

    type: ClassVar[str] = "col.catalogue.activity.changed.v1"


class ActivityCancelled(Event):
    """A published activity will not take place; its page stays readable."""

    type: ClassVar[str] = "col.catalogue.activity.cancelled.v1"
    activity: UUID
    organisation: UUID

    @property
    def about(self) -> UUID:
        return self.activity


class ActivityJoined(Event):
    """Somebody signed up for an activity."""

    type: ClassVar[str] = "col.catalogue.activity.joined.v1"
    activity: UUID
    organisation: UUID
    recipient: Annotated[UUID, PERSONAL]

    @property
    def about(self) -> UUID:
        return self.activity


class ActivityLeft(ActivityJoined):
    """Somebody withdrew from an activity they had joined."""

    type: ClassVar[str] = "col.catalogue.activity.left.v1"


class ActivityCompleted(Event):
    """An organiser confirmed that somebody completed an activity, or one session of it."""

    type: ClassVar[str] = "col.catalogue.activity.completed.v1"
    completion: UUID
    activity: UUID
    organisation: UUID
    session: date | None = Field(default=None, description="which session, where the activity repeats")
    completed_on: date
    recipient: Annotated[UUID, PERSONAL]

    @property
    def about(self) -> UUID:
        return self.activity


class MemberAdded(Event):
    """A learner was given a role in an organisation. Internal: it is only about a person."""

    type: ClassVar[str] = "col.catalogue.member.added.v1"
    internal: ClassVar[bool] = True
    organisation: UUID
    learner: Annotated[UUID, PERSONAL]
    role: Role

    @property
    def about(self) -> UUID:
        return self.organisation


class MemberRemoved(MemberAdded):
    """A learner lost a role in an organisation. Internal: it is only about a person."""

    type: ClassVar[str] = "col.catalogue.member.removed.v1"


class AddressProven(Event):
    """A learner proved to hold an address. Internal: it is only about a person."""

    type: ClassVar[str] = "col.catalogue.address.proven.v1"
    internal: ClassVar[bool] = True
    learner: Annotated[UUID, PERSONAL]
    recipient: Annotated[UUID, PERSONAL]
    at: datetime

    @property
    def about(self) -> UUID:
        return self.learner


class AddressRemoved(AddressProven):
    """A learner gave up an address. Internal: it is only about a person."""

    type: ClassVar[str] = "col.catalogue.address.removed.v1"


class SignInRequested(Event):
    """Somebody wants to sign in and must be sent a link and a code. Internal: it is only about a person.

    Link and code work once and only until `expires`; a letter that would leave later is not sent.
    """

    type: ClassVar[str] = "col.catalogue.sign-in.requested.v1"
    internal: ClassVar[bool] = True
    request: UUID
    address: Annotated[str, PERSONAL]
    recipient: Annotated[UUID, PERSONAL]
    code: Annotated[str, PERSONAL]
    link: Annotated[str, PERSONAL]
    language: Annotated[Language, PERSONAL] = "en"
    expires: datetime

    @property
    def about(self) -> UUID:
        return self.request


class ClientRegistered(Event):
    """A machine was given an OAuth2 client. Internal: who may call is nobody else's business."""

    type: ClassVar[str] = "col.catalogue.client.registered.v1"
    internal: ClassVar[bool] = True
    client: UUID
    organisation: UUID | None = Field(default=None, description="None for a client of the whole city")
    name: Text
    scopes: tuple[str, ...]

    @property
    def about(self) -> UUID:
        return self.client


class ClientRevoked(Event):
    """A machine's OAuth2 client was withdrawn. Internal, as ClientRegistered."""

    type: ClassVar[str] = "col.catalogue.client.revoked.v1"
    internal: ClassVar[bool] = True
    client: UUID
    organisation: UUID | None = None

    @property
    def about(self) -> UUID:
        return self.client


class RecipientNamed(Event):
    """Address, name and language of a recipient, as one service learned them. Internal: personal throughout.

    What the person says outranks what an organiser wrote; then the newest `at` wins.
    """

    type: ClassVar[str] = "col.catalogue.recipient.named.v1"
    internal: ClassVar[bool] = True
    recipient: Annotated[UUID, PERSONAL]
    address: Annotated[str, PERSONAL]
    name: Annotated[Text | None, PERSONAL] = None
    language: Annotated[Language | None, PERSONAL] = None
    said_by: Literal["person", "organiser"]
    at: datetime

    @property
    def about(self) -> UUID:
        return self.recipient


class RecipientForgotten(Event):
    """A person asked to be forgotten: address, name and free text are deleted, a tombstone stays.

    A RecipientNamed older than `at` is refused ever after. Internal: it is only about a person.
    """

    type: ClassVar[str] = "col.catalogue.recipient.forgotten.v1"
    internal: ClassVar[bool] = True
    recipient: Annotated[UUID, PERSONAL]
    at: datetime

    @property
    def about(self) -> UUID:
        return self.recipient
