"""An integration of one organisation hears that organisation and nobody else, whatever the event."""

from uuid import UUID, uuid4

import httpx
import orjson

from contracts.events import EVENTS
from services.chassis.testing import CITY, Keyring
from services.notify.settings import Settings
from services.notify.usecases.trials import example

from .conftest import NOW, City
from .hooks import Hooks, came
from .receiver import Receiver, receiving

PUBLIC = [event for event in EVENTS.values() if "pub" in event.planes()]


def happened(organisation: UUID | None) -> list[bytes]:
    """One public event of every type, of that organisation or (None) of nobody's."""
    made = []
    for event in PUBLIC:
        told = example(event, CITY, organisation, NOW)
        del told["test"]
        told.pop("organisation", None)
        made.append(orjson.dumps(told | ({"organisation": str(organisation)} if organisation else {})))
    return made


async def test_an_integration_of_one_organisation_gets_nothing_of_another(
    city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings
) -> None:
    hooks = Hooks(city, http, keyring, settings)
    ours, theirs = uuid4(), uuid4()
    await hooks.begin(ours)
    async with receiving(Receiver()) as receiver:
        await hooks.subscribe(receiver, types=["*"])
        prying = await hooks.subscribe(receiver.url("/prying"), organisations=[str(theirs)])
        await hooks.begin()
        whole = await hooks.subscribe(receiver.url("/whole"))
        async with hooks.sending():
            for organisation in (theirs, None, ours):
                await hooks.arrive(happened(organisation))
            await hooks.post(f"/subscriptions/{prying['id']}/replay", {"after": 0}, 202)
            await came(receiver, 4 * len(PUBLIC))
            await hooks.reach(whole, *["delivered"] * 3 * len(PUBLIC))
    mine = [got.event for got in receiver.got if got.path == "/hook"]
    assert {event["organisation"] for event in mine} == {str(ours)}
    assert {event["type"] for event in mine} == {event.type for event in PUBLIC} and len(mine) == len(PUBLIC)
    assert receiver.ids("/prying") == []


async def test_no_delivery_and_no_log_line_names_a_person(
    city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings
) -> None:
    hooks = Hooks(city, http, keyring, settings)
    await hooks.begin()
    async with receiving(Receiver()) as receiver:
        await hooks.subscribe(receiver)
        award = city.awarded()
        async with hooks.sending():
            await hooks.happen(award)
            await came(receiver, 1)
    kept = str(await hooks.rows("SELECT request, response FROM attempt")) + receiver.got[0].body.decode()
    for secret in (award.recipient, "aino", "Aino", award.claim):
        assert str(secret) not in kept
