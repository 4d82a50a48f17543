"""Who may do what here: people by their roles, machines by their scopes."""

from uuid import UUID

from services.chassis.auth import Actor
from services.chassis.errors import Problem

READ_AWARDS = "awards:read"
WRITE_AWARDS = "awards:write"
READ_RECIPIENTS = "recipients:read"


def require(actor: Actor, organisation: UUID, role: str, scope: str | None = None) -> None:
    """Refuse with 403 a person without the role there, and a machine without the scope for it."""
    if actor.client is None:
        actor.require_role(organisation, role)
    elif scope is None or not has_scope(actor, organisation, scope):
        needed = f"the scope {scope} for this organisation" if scope else "a person, not a machine"
        raise Problem(403, "not-yours", f"this needs {needed}")


def has_scope(actor: Actor, organisation: UUID, scope: str) -> bool:
    """Whether a machine has the scope, for this organisation or for the whole city."""
    return scope in actor.scopes and actor.client_organisation in (None, organisation)
