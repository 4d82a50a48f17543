"""Fetching: a batch that is being collected is never dropped."""

from typing import Any, cast

import pytest
from nats.errors import TimeoutError as FetchTimeout
from nats.js.errors import BadRequestError, ServiceUnavailableError

from services.chassis import consumer


class Subscription:
    """A pull subscription whose fetch fails as told."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def fetch(self, batch: int, timeout: float | None) -> list[str]:  # noqa: ASYNC109 (as the library)
        """Fail, or answer."""
        if self.error:
            raise self.error
        return ["event"] * batch


@pytest.mark.parametrize(
    "error", [TimeoutError(), FetchTimeout(), BadRequestError(), ServiceUnavailableError()]
)
async def test_whatever_a_fetch_fails_with_faststream_sees_the_time_out_it_expects(error: Exception) -> None:
    subscription = cast(Any, Subscription(error))
    consumer._fetch_carefully(subscription)
    with pytest.raises(FetchTimeout):
        await subscription.fetch(batch=2, timeout=0.1)


async def test_a_fetch_in_the_last_instant_is_not_even_made() -> None:
    subscription = cast(Any, Subscription(None))
    consumer._fetch_carefully(subscription)
    assert await subscription.fetch(batch=2, timeout=0.1) == ["event", "event"]
    with pytest.raises(FetchTimeout):
        await subscription.fetch(batch=2, timeout=0.0001)
