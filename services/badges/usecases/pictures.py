"""Pictures: drawn one at a time, once an achievement is published."""

import hashlib
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.shown import Shown
from ..storage import achievements

log = logging.getLogger(__name__)
Draw = Callable[[Shown], Awaitable[bytes]]


async def draw_due(session: AsyncSession, draw: Draw) -> bool:
    """Draw the picture that has been due longest; False where none is.

    One that cannot be drawn is tried again later and keeps no other waiting.
    """
    due = await achievements.take_undrawn(session)
    if due is None:
        return False
    try:
        png = await draw(due.shown)
    except Exception as error:  # whatever the text did to the drawing, the others are drawn
        log.error("picture %s cannot be drawn", due.look, exc_info=error)
        await achievements.not_drawn(session, due.look)
    else:
        await achievements.drawn(session, due.look, png, hashlib.sha256(png).hexdigest())
    return True
