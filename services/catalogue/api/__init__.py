"""The catalogue over HTTP: one module per concept."""

from collections.abc import Sequence

from fastapi import APIRouter

from . import (
    activities,
    completions,
    keys,
    oauth,
    organisations,
    people,
    search,
    sign_in,
    skills,
    taking_part,
)
from .statuses import STATUSES

__all__ = ["ROUTERS", "STATUSES"]

ROUTERS: Sequence[APIRouter] = (
    organisations.router,
    search.router,
    activities.router,
    taking_part.router,
    completions.router,
    people.router,
    sign_in.router,
    skills.router,
    oauth.router,
    keys.router,
)
