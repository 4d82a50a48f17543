"""Who may do what on NATS: one user per service with the least it needs, and an operator for the topology.

A refused publish or subscribe reaches the client on its error callback, and whoever waits for an answer as
a timeout.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from contracts import subjects

from . import outside

OPERATOR = "operator"
# The consumers of a service that has others than the one named after it.
DURABLES: Mapping[str, Sequence[str]] = {"notify": ("notify", "notify-urgent", "notify-feed")}
REWOUND = frozenset({"notify-feed"})  # read in strict order: whoever reads it says where to go on


def render(
    city: str,
    passwords: Mapping[str, str],
    durables: Mapping[str, Iterable[str]] | None = None,
    callout: outside.Callout | None = None,
) -> str:
    """The accounts section of a NATS server configuration: one account for the city, JetStream on.

    `passwords` has one entry per service and one for `operator`; `durables` the consumers of a service where
    they are others than those known here, `{"badges": ["badges", "badges-import"]}`. With `callout` there is
    a second account for integrations, and notify is asked who comes into it.
    """
    known = {**DURABLES, **(durables or {})}
    named = {name: list(known.get(name, [name])) for name in sorted(passwords) if name != OPERATOR}
    users = {
        name: user(name, passwords[name], publishes(city, name, own), inbox(name))
        for name, own in named.items()
    }
    users[OPERATOR] = user(OPERATOR, passwords[OPERATOR], operator_publishes(), operator_subscribes())
    inside: dict[str, object] = {"jetstream": "enabled", "users": list(users.values())}
    account = account_name(city)
    if callout is None:
        return section("accounts", {account: inside})
    let_in(users[outside.GATEKEEPER], city, chain.from_iterable(named.values()))
    accounts = {
        account: inside | outside.inside(city),
        subjects.outside_account(city): outside.outside(city, account),
        outside.SYSTEM: outside.system(city, account),
    }
    return section("accounts", accounts) + section(
        "authorization", outside.authorization(callout, account, users)
    )


def section(name: str, told: object) -> str:
    """A section of the configuration; JSON is one of the forms that NATS reads."""
    return f"{name}: {json.dumps(told, indent=2)}\n"


def account_name(city: str) -> str:
    """A city's own account: its own subjects, streams and quota."""
    return subjects.check_city(city).upper()


def user(name: str, password: str, publish: list[str], subscribe: list[str]) -> dict[str, Any]:
    """One user; what is not listed is denied."""
    return {
        "user": name,
        "password": password,
        "permissions": {"publish": {"allow": publish}, "subscribe": {"allow": subscribe}},
    }


def let_in(gatekeeper: dict[str, Any], city: str, durables: Iterable[str]) -> None:
    """Let a service be the gatekeeper, on top of what it may do already."""
    rights, more = gatekeeper["permissions"], outside.gatekeeper(city, durables)
    for plane in ("publish", "subscribe"):
        rights[plane]["allow"] += more[plane]["allow"]
    rights["publish"]["deny"] = more["publish"]["deny"]
    rights["allow_responses"] = {"max": 1, "expires": f"{outside.TIMEOUT}s"}


def publishes(city: str, service: str, durables: Iterable[str]) -> list[str]:
    """A service's own events, a look at the stream, and its own consumers: ask, fetch, acknowledge.

    Never the creation of a consumer: a push consumer can be told to deliver onto any subject of the account.
    """
    stream = subjects.stream(city)
    allowed = [subjects.publishes(city, service), f"$JS.API.STREAM.INFO.{stream}"]
    for durable in durables:
        check_durable(service, durable)
        allowed += [
            f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
            f"$JS.ACK.{stream}.{durable}.>",
        ]
        allowed += [f"$JS.API.CONSUMER.RESET.{stream}.{durable}"] if durable in REWOUND else []
    return allowed


def check_durable(service: str, durable: str) -> None:
    """A durable is `<service>` or `<service>-<purpose>`; raises ValueError otherwise."""
    if durable != service and not durable.startswith(f"{service}-"):
        raise ValueError(f"durable {durable!r} does not belong to {service}: call it {service}-<purpose>")
    if not durable.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"durable {durable!r}: letters, digits, hyphens and underscores only")


def inbox(name: str) -> list[str]:
    """Answers arrive under the user's own prefix; the client is told with `inbox_prefix`."""
    return [f"_INBOX_{name}.>"]


def operator_publishes() -> list[str]:
    """The whole JetStream API and acknowledgements, but no event: those come from journals alone."""
    return ["$JS.API.>", "$JS.ACK.>", "$JS.FC.>"]


def operator_subscribes() -> list[str]:
    """Answers, and the server's advisories about consumers and streams."""
    return [*inbox(OPERATOR), "$JS.EVENT.ADVISORY.>"]
