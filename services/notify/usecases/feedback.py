"""What comes back about letters, through one seam; and the addresses that are not written to any more."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import notify as events
from contracts.recipients import BadAddress, normal_address
from services.chassis.journal import emit
from services.chassis.telemetry import counter

from ..domain.feedback import Returned, consequence
from ..domain.letter import OPTIONAL, check_correctable
from ..storage import facts, feedback, letters, preferences
from ..storage.letters import Letter
from .choosing import reader
from .letters import TOLD, UnknownLetter

_heard = counter("col_letters_returned", "what came back about letters, by kind")


class UnknownAddress(Exception):
    """The address is not on the list."""


class NotAnAddress(ValueError):
    """Write one e-mail address as name@example.org."""

    field = "body.address"


async def note_feedback(session: AsyncSession, came: Returned, source: str) -> bool:
    """Take in what came back about a letter; False where there is no such one. Hearing it twice is no harm.

    Where anybody may have named the letter, it must also name the address that the letter went to.
    """
    id_ = came.letter or (await feedback.find(session, came.message) if came.message else None)
    found = await letters.one(session, id_, lock=True) if id_ else None
    if found is None:
        return False
    letter, status = found
    address = await _address(session, letter)
    if not came.sealed and (address is None or normal(came.address or "") != address):
        return False
    times = await feedback.note(session, letter.id, came.kind, came.reason, source)
    _heard.add(1, {"kind": came.kind})
    follows = consequence(came.kind, status.state, times)
    if follows.suppress and address:
        await feedback.suppress(session, address, letter.recipient, came.kind, source)
    if came.kind == "complained":
        for kind in sorted(OPTIONAL if letter.recipient else {letter.kind}):
            await preferences.decline(session, reader(letter), kind)
    if follows.state:
        await feedback.set_state(session, letter.id, follows.state, came.reason)
        _tell(session, letter, came)
    return True


def _tell(session: AsyncSession, letter: Letter, came: Returned) -> None:
    """Say that the letter did not arrive. Of a complaint nobody is told: it is between reader and city."""
    if letter.recipient is None or letter.kind not in TOLD or came.kind == "complained":
        return
    emit(
        session,
        events.LetterFailed.model_validate(
            {
                "letter": letter.id,
                "kind": letter.kind,
                "organisation": letter.organisation,
                "cause": letter.cause,
                "recipient": letter.recipient,
                "reason": came.reason,
            }
        ),
    )


async def _address(session: AsyncSession, letter: Letter) -> str | None:
    known = await facts.addresses(session, [letter.recipient]) if letter.recipient else {}
    return normal(letter.address or (known.get(letter.recipient) if letter.recipient else None) or "") or None


def normal(address: str) -> str:
    """The address in its normal form; empty where it is none."""
    try:
        return normal_address(address)
    except BadAddress:
        return ""


async def suppress(session: AsyncSession, address: str, why: str, by: str) -> str:
    """Write to an address no more; answers its normal form. Raises NotAnAddress."""
    if not (known := normal(address)):
        raise NotAnAddress("write one e-mail address as name@example.org")
    await feedback.suppress(session, known, None, why, by)
    return known


async def unsuppress(session: AsyncSession, address: str) -> None:
    """Write to an address again. Raises UnknownAddress."""
    if not await feedback.unsuppress(session, normal(address)):
        raise UnknownAddress


async def correct_address(session: AsyncSession, letter_id: UUID, address: str, by: str) -> None:
    """Have a letter go to another address, at once. Raises UnknownLetter, NotAnAddress, NotCorrectable.

    The badge stays the recipient's whom it was awarded to; whoever gets the letter can claim it by its link.
    """
    found = await letters.one(session, letter_id, lock=True)
    if found is None:
        raise UnknownLetter
    letter, status = found
    check_correctable(letter.kind, status.state, gone=letter.recipient is None)
    if not normal(address):
        raise NotAnAddress("write one e-mail address as name@example.org")
    await feedback.correct(session, letter_id, address.strip(), by)
    if status.state != "queued":
        await letters.requeue(session, letter_id, status.state, by)
