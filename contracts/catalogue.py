"""Facts that catalogue publishes: organisations, people, activities, who took part."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from .envelope import PERSONAL, Event, Language, Line, Text

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
    organisation: UUID = Field(description="id of the organisation")
    name: Line = Field(description="what it is called")
    description: Text = Field(default="", description="what it does")
    website: str | None = Field(default=None, description="URL of its own pages")
    language: Language = Field(default="en", description="of its description, and of letters to it")

    @property
    def about(self) -> UUID:
        return self.organisation


class OrganisationVerified(Event):
    """An operator confirmed that the organisation is who it says it is."""

    type: ClassVar[str] = "col.catalogue.organisation.verified.v1"
    organisation: UUID = Field(description="id of the organisation")

    @property
    def about(self) -> UUID:
        return self.organisation


class SkillNamed(BaseModel):
    """A skill as an activity names it: concept URI and its label in the activity's language."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    uri: str = Field(description="of the concept, e.g. in ESCO")
    label: Line = Field(description="its name in the activity's language")


class PlaceNamed(BaseModel):
    """Where an activity happens. WGS 84 degrees."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: Line = Field(description="what the place is called")
    latitude: float = Field(ge=-90, le=90, description="degrees north, WGS 84")
    longitude: float = Field(ge=-180, le=180, description="degrees east, WGS 84")
    address: Line | None = Field(default=None, description="street and number")
    access: Text | None = Field(default=None, description="accessibility note")


class ActivityPublished(Event):
    """An activity became visible to everyone. Carries the whole activity, so that nobody need ask back."""

    type: ClassVar[str] = "col.catalogue.activity.published.v1"
    activity: UUID = Field(description="id of the activity")
    organisation: UUID = Field(description="who offers it")
    version: int = Field(ge=1, description="grows with every change; the highest wins")
    title: Line = Field(description="what it is called")
    description: Text = Field(description="what happens there")
    kind: Kind = Field(description="what sort of activity")
    mode: Mode = Field(description="where one takes part")
    layer: Layer = Field(description="how much it asks of a learner, from engage to lead")
    language: Language = Field(description="of title and description")
    languages: tuple[Language, ...] = Field(default=(), description="spoken at the activity")
    interests: tuple[Line, ...] = Field(
        default=(), description="what it is about, in the activity's language"
    )
    skills: tuple[SkillNamed, ...] = Field(default=(), description="what can be learnt")
    place: PlaceNamed | None = Field(default=None, description="where it happens, unless it is online")
    starts: AwareDatetime | None = Field(default=None, description="absent where always open")
    ends: AwareDatetime | None = Field(default=None, description="absent where always open")
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
    activity: UUID = Field(description="id of the activity")
    organisation: UUID = Field(description="who offered it")

    @property
    def about(self) -> UUID:
        return self.activity


class ActivityJoined(Event):
    """Somebody signed up for an activity."""

    type: ClassVar[str] = "col.catalogue.activity.joined.v1"
    activity: UUID = Field(description="which activity")
    organisation: UUID = Field(description="who offers it")
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of whoever it was")

    @property
    def about(self) -> UUID:
        return self.activity


class ActivityLeft(ActivityJoined):
    """Somebody withdrew from an activity they had joined."""

    type: ClassVar[str] = "col.catalogue.activity.left.v1"


class ActivityCompleted(Event):
    """An organiser confirmed that somebody completed an activity, or one session of it."""

    type: ClassVar[str] = "col.catalogue.activity.completed.v1"
    completion: UUID = Field(description="id of this confirmation")
    activity: UUID = Field(description="which activity")
    organisation: UUID = Field(description="who confirmed it")
    session: date | None = Field(default=None, description="which session, where the activity repeats")
    completed_on: date = Field(description="the day it was completed, in the activity's time zone")
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of whoever completed it")

    @property
    def about(self) -> UUID:
        return self.activity


class MemberAdded(Event):
    """A learner was given a role in an organisation. Internal: it is only about a person."""

    type: ClassVar[str] = "col.catalogue.member.added.v1"
    internal: ClassVar[bool] = True
    organisation: UUID = Field(description="where the role holds")
    learner: Annotated[UUID, PERSONAL] = Field(description="learner id of the member")
    role: Role = Field(description="what they may do there")

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
    learner: Annotated[UUID, PERSONAL] = Field(description="learner id of the account")
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of the address")
    at: AwareDatetime = Field(description="when")

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
    request: UUID = Field(description="id of this request")
    address: Annotated[str, PERSONAL] = Field(description="where the letter goes")
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of the address")
    code: Annotated[str, PERSONAL] = Field(description="to type in")
    link: Annotated[str, PERSONAL] = Field(description="URL that signs in")
    language: Annotated[Language, PERSONAL] = Field(default="en", description="to write in")
    expires: AwareDatetime = Field(description="when code and link stop working")

    @property
    def about(self) -> UUID:
        return self.request


class ClientRegistered(Event):
    """A machine was given an OAuth2 client. Internal: who may call is nobody else's business."""

    type: ClassVar[str] = "col.catalogue.client.registered.v1"
    internal: ClassVar[bool] = True
    client: UUID = Field(description="the OAuth2 client id")
    organisation: UUID | None = Field(default=None, description="absent for a client of the whole city")
    name: Line = Field(description="what its owners call it")
    scopes: tuple[str, ...] = Field(description="what its tokens may be used for")

    @property
    def about(self) -> UUID:
        return self.client


class ClientRevoked(Event):
    """A machine's OAuth2 client was withdrawn. Internal, as ClientRegistered."""

    type: ClassVar[str] = "col.catalogue.client.revoked.v1"
    internal: ClassVar[bool] = True
    client: UUID = Field(description="the OAuth2 client id")
    organisation: UUID | None = Field(default=None, description="absent for a client of the whole city")

    @property
    def about(self) -> UUID:
        return self.client


class RecipientNamed(Event):
    """Address, name and language of a recipient, as one service learned them. Internal: personal throughout.

    What the person says outranks what an organiser wrote; then the newest `at` wins.
    """

    type: ClassVar[str] = "col.catalogue.recipient.named.v1"
    internal: ClassVar[bool] = True
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of the address")
    address: Annotated[str, PERSONAL] = Field(description="where letters to them go")
    name: Annotated[Line | None, PERSONAL] = Field(default=None, description="what to call them")
    language: Annotated[Language | None, PERSONAL] = Field(default=None, description="to write to them in")
    said_by: Literal["person", "organiser"] = Field(description="who told us")
    at: AwareDatetime = Field(description="when they told us")

    @property
    def about(self) -> UUID:
        return self.recipient


class RecipientForgotten(Event):
    """A person asked to be forgotten: address, name and free text are deleted, a tombstone stays.

    A RecipientNamed older than `at` is refused ever after. Internal: it is only about a person.
    """

    type: ClassVar[str] = "col.catalogue.recipient.forgotten.v1"
    internal: ClassVar[bool] = True
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of the address")
    at: AwareDatetime = Field(description="when")

    @property
    def about(self) -> UUID:
        return self.recipient
