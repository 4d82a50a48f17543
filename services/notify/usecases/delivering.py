"""Taking deliveries in hand, and what becomes of them and of their subscriptions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from contracts.notify import SubscriptionDisabled
from services.chassis.journal import emit
from services.chassis.telemetry import counter

from ..domain.delivery import Answer, Verdict, verdict
from ..domain.subscription import Cause
from ..settings import Settings
from ..storage import delivering as storage
from ..storage import integrations, letters, subscriptions
from ..storage.delivering import Illness, Line, Settled, Taken, Tried
from ..storage.letters import Letter

AHEAD = (
    4  # times what a subscription is sent at once is taken in hand, so that no slot waits for the database
)
_deliveries = counter("col_deliveries", "attempts to deliver an event, by what became of the delivery")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a delivery in hand. Without an answer it was not tried, and is given back."""

    taken: Taken
    answer: Answer | None = None
    tried: Tried | None = None


async def claim(
    session: AsyncSession, in_hand: Mapping[UUID, int], settings: Settings
) -> tuple[list[Line], list[Taken]]:
    """Take what is due in hand, beside what each subscription has `in_hand`; answers all active ones too."""
    lines = await storage.lines(session)
    asked = [line for line in lines if not line.held]
    free = {line.id: _room(line, in_hand.get(line.id, 0), settings) for line in asked if not line.ordered}
    chosen = await storage.choose(session, {line: room for line, room in free.items() if room > 0})
    idle = [line.id for line in asked if line.ordered and not in_hand.get(line.id)]
    chosen += await storage.choose_in_order(session, idle, AHEAD * settings.webhook_connections)
    return lines, await storage.take(session, chosen, settings.instance, settings.lease_seconds)


def _room(line: Line, in_hand: int, settings: Settings) -> int:
    """An endpoint that keeps failing is asked by one delivery at a time whether it is back."""
    return (1 if line.failing else AHEAD * settings.webhook_connections) - in_hand


async def settle(
    session: AsyncSession, outcomes: Sequence[Outcome], settings: Settings, chance: Callable[[], float]
) -> None:
    """Write down what became of deliveries; an endpoint that is gone, or fails for days, is switched off."""
    judged = [(outcome, _verdict(outcome, settings, chance())) for outcome in outcomes]
    settled = [
        Settled(one.taken.id, one.taken.subscription, what.state, what.delay, one.tried)
        for one, what in judged
    ]
    await storage.settle(session, settled, settings.instance)
    for outcome, what in judged:
        if outcome.answer:
            _deliveries.add(1, {"state": what.state})
    real = [(one, what) for one, what in judged if one.taken.position is not None and one.answer]
    well, ill = _health(real)
    await storage.note_well(session, well)
    long = await storage.note_ill(session, ill, settings.webhook_give_up_days * 86_400)
    gone = {one.taken.subscription for one, _ in real if one.answer and one.answer.gone}
    for subscription in sorted(gone | set(long)):
        await _disable(session, subscription, "gone" if subscription in gone else "failing", settings)


def _verdict(outcome: Outcome, settings: Settings, chance: float) -> Verdict:
    """A test event is tried once, and waits for nothing."""
    if outcome.answer is None:
        return Verdict("due")
    taken = outcome.taken
    schedule = settings.webhook_retries if taken.position is not None else (0.0,)
    return verdict(outcome.answer, taken.attempts - taken.attempts_before + 1, schedule, chance)


def _health(found: Iterable[tuple[Outcome, Verdict]]) -> tuple[list[UUID], list[Illness]]:
    """Whose last answer was a success, and how it stands with the others."""
    state: dict[UUID, Illness | None] = {}
    for outcome, what in found:
        id_ = outcome.taken.subscription
        if outcome.answer and outcome.answer.delivered:
            state[id_] = None
            continue
        before = state.get(id_)
        failures, hold = (before.failures, before.hold) if before else (0, 0.0)
        anew = before.anew if before else id_ in state
        state[id_] = Illness(id_, failures + 1, anew, max(hold, what.hold))
    ill = sorted((one for one in state.values() if one), key=lambda one: one.subscription)
    return [id_ for id_, one in state.items() if one is None], ill


async def _disable(session: AsyncSession, id_: UUID, cause: Cause, settings: Settings) -> None:
    """Switch a subscription off, say so in the log and by an event, and write to who runs the integration."""
    found = await subscriptions.one(session, id_, lock=True)
    if found is None or found.state != "active":
        return
    integration = await integrations.one(session, found.integration)
    if integration is None:
        return
    await subscriptions.set_state(session, id_, "disabled", cause)
    await integrations.log(session, integration.id, "notify", f"disabled subscription: {cause}", id_)
    emit(
        session,
        SubscriptionDisabled(
            subscription=id_, integration=integration.id, organisation=integration.organisation, cause=cause
        ),
    )
    letter = Letter(
        id=uuid7(),
        kind="subscription_disabled",
        cause=uuid7(),
        caused_at=found.created_at,
        recipient=None,
        organisation=integration.organisation,
        thing=id_,
        link=f"{settings.public_url}/developers",
        address=integration.contact,
        language=integration.language,
    )
    await letters.queue(session, letter)
