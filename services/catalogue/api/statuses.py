"""Which refusal is which status."""

from services.chassis.errors import Statuses

from .. import tokens
from ..domain import (
    activity,
    client,
    completion,
    learner,
    membership,
    organisation,
    participation,
    sign_in,
    skill,
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
    learner.UnknownLearner: 404,
    learner.LastAddress: 409,
    learner.NotYourAddress: 404,
    sign_in.TooManyRequests: 429,
    sign_in.DeadLink: 410,
    sign_in.NotYourLink: 403,
    skill.UnknownSkill: 404,
    client.UnknownClient: 404,
    client.ClientRevoked: 409,
    tokens.NoTokenKey: 503,
}
