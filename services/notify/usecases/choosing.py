"""What readers choose: which letters they get, and in which language. By sign-in, or by a letter's ticket."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.letter import OPTIONAL, Kind, optional
from ..domain.naming import letter_of, ticket
from ..settings import Settings
from ..storage import letters, preferences
from ..storage.letters import Letter
from ..storage.preferences import Preferences


class UnknownTicket(Exception):
    """This address is not one that a letter gave; open the one in the letter, whole."""


class NotOptional(ValueError):
    """Letters of this kind cannot be declined."""

    field = "body.declined"


@dataclass(frozen=True)
class Holder:
    """Whoever holds a letter: whose wishes are theirs to say, and of which kind the letter is."""

    reader: UUID
    kind: Kind
    organisation: UUID | None


def reader(letter: Letter) -> UUID:
    """Whose wishes the letter goes by: its recipient's, else those said about its subject."""
    return letter.recipient or letter.thing or letter.organisation or letter.cause


def links(letter: Letter, settings: Settings) -> tuple[str | None, str | None]:
    """Where the letter's reader chooses what they get, and what unsubscribes them with one click.

    A sign-in letter has neither, and one that is always sent cannot be unsubscribed from.
    """
    if letter.kind == "sign_in":
        return None, None
    shown = ticket(letter.id, settings.webhook_key)
    start = f"{settings.public_url}/letters"
    one_click = f"{start}/unsubscribe/{shown}" if optional(letter.kind) else None
    return f"{start}/preferences/{shown}", one_click


async def holder(session: AsyncSession, shown: str, settings: Settings) -> Holder:
    """Who shows this ticket. Raises UnknownTicket, also where its reader was forgotten since."""
    id_ = letter_of(shown, settings.webhook_key)
    found = await letters.one(session, id_) if id_ else None
    if found is None or (found[0].recipient is None and found[0].kind not in OPTIONAL):
        raise UnknownTicket
    letter = found[0]
    if letter.kind == "pathway_completed" and letter.recipient is None:
        raise UnknownTicket
    return Holder(reader(letter), letter.kind, letter.organisation)


async def wishes(session: AsyncSession, whose: UUID) -> Preferences:
    """What somebody wants; everything, in the language known of them, where they have said nothing."""
    return (await preferences.of(session, [whose])).get(whose, Preferences())


async def choose(session: AsyncSession, whose: UUID, wanted: Preferences) -> None:
    """Somebody says what they want. Raises NotOptional."""
    if not wanted.declined <= OPTIONAL:
        raise NotOptional(f"only {', '.join(sorted(OPTIONAL))} can be declined")
    await preferences.put(session, whose, wanted)


async def unsubscribe(session: AsyncSession, shown: str, settings: Settings) -> Holder:
    """Whoever shows this ticket wants no more letters of its kind. Raises UnknownTicket, NotOptional."""
    found = await holder(session, shown, settings)
    if not optional(found.kind):
        raise NotOptional("this letter is about something of yours, and cannot be declined")
    await preferences.decline(session, found.reader, found.kind)
    return found
