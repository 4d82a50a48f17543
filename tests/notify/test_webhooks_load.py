"""Many events, many subscriptions, some of them dead and slow: the others get everything, and soon."""

import asyncio
import statistics
import time
from collections import Counter

import httpx

from services.chassis.testing import Keyring, until
from services.notify.settings import Settings

from .conftest import City
from .hooks import Hooks
from .receiver import Receiver, receiving

EVENTS, SUBSCRIPTIONS = 200, 10
SOON = 2.0  # seconds from the event to the receiver, for 95 of 100


async def test_a_dead_and_a_slow_endpoint_among_many_and_the_dead_one_catches_up(
    city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings
) -> None:
    hooks = Hooks(city, http, keyring, settings)
    await hooks.begin()
    async with receiving(Receiver()) as healthy, receiving(Receiver(delay=0.2)) as slow:
        async with receiving(Receiver()) as dead:
            port = dead.port
        for number in range(SUBSCRIPTIONS - 2):
            await hooks.subscribe(healthy.url(f"/{number}"))
        await hooks.subscribe(slow)
        late = await hooks.subscribe(f"http://127.0.0.1:{port}/")
        happened: dict[str, float] = {}
        retries = (0.0, 0.2, *(1.0,) * 40)
        async with hooks.sending(webhook_retries=retries):
            for _ in range(EVENTS // 10):
                happened |= dict.fromkeys(await hooks.join(10), time.time())
                await asyncio.sleep(0.16)  # 62 events a second to ten subscriptions
            wanted = EVENTS * (SUBSCRIPTIONS - 2)
            await until(lambda: _answered(healthy, wanted), seconds=20)
            assert "delivered" not in await hooks.states(late)
            async with receiving(Receiver(), port) as back:
                await until(lambda: _answered(back, EVENTS), seconds=20)
            await until(lambda: _settled(hooks), seconds=30)
    waited = [got.at.timestamp() - happened[got.id] for got in healthy.got]
    assert statistics.quantiles(waited, n=20)[-1] < SOON
    times = Counter((got.path, got.id) for got in healthy.got)
    assert set(times.values()) == {1} and len(times) == wanted, "each once, as each was answered"
    assert set(back.ids()) == set(slow.ids()) == set(happened)
    ((answered,),) = await hooks.rows("SELECT count(*) FROM attempt WHERE status = 204")
    assert answered == len(healthy.answered) + len(slow.answered) + len(back.answered)


async def _answered(receiver: Receiver, number: int) -> bool:
    return len(receiver.answered) >= number


async def _settled(hooks: Hooks) -> bool:
    return not await hooks.rows("SELECT 1 FROM delivery WHERE state <> 'delivered' LIMIT 1")
