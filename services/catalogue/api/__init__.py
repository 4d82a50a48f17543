"""The catalogue over HTTP: one module per concept."""

from collections.abc import Sequence

from fastapi import APIRouter

from services.chassis.errors import Statuses

from ..domain import activity, completion, membership, organisation, participation
from . import activities, completions, organisations, taking_part

ROUTERS: Sequence[APIRouter] = (
    organisations.router,
    activities.router,
    taking_part.router,
    completions.router,
)

STATUSES: Statuses = {
    organisation.UnknownOrganisation: 404,
    organisation.NotVerified: 403,
    organisation.Suspended: 403,
    membership.LastOwner: 409,
    membership.UnknownMember: 404,
    activity.UnknownActivity: 404,
    activity.BadActivity: 422,
    activity.NotReady: 422,
    activity.NotPublished: 409,
    activity.AlreadyCancelled: 409,
    activity.OldVersion: 409,
    participation.Over: 409,
    participation.Full: 409,
    participation.AgeNeeded: 422,
    participation.NotYourAge: 403,
    participation.NotJoined: 409,
    completion.NotBegun: 409,
    completion.BadSession: 422,
    completion.InTheFuture: 422,
    completion.NotAList: 422,
}
"""Which refusal is which status."""
