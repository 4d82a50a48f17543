"""The account on NATS of integrations: who lets them in, and the little of the city's account they can reach.

They have an account of their own, since NATS does not check where an answer goes: in the city's account
whoever may ask for a message could have it delivered onto any subject, such as a service's inbox, another
reader's rewinding, or the city's stream itself (tried; see docs/decisions).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts import subjects

GATEKEEPER = "notify"  # the service that answers who may come in
SYSTEM = "$SYS"
QUESTION = "$SYS.REQ.USER.AUTH"
KICK = "$SYS.REQ.SERVER.*.KICK"
TIMEOUT = 5  # seconds that the server waits for the answer
# A user nobody can be, since nobody knows a private half of it: a server that knows any nkey sends every
# client something to sign, and only then can others be told by their signatures. It is base32 of a user's
# prefix, the SHA-256 of "nobody", and a checksum.
NOBODY = "UBRYFM6MRAKBFN337SXO2ATAAHAA3HRQEXTGYIHW47US6B4YKFDCURCQ"

Config = dict[str, object]


@dataclass(frozen=True)
class Callout:
    """The public halves of the keys that sign the gatekeeper's answers and that questions are sealed for."""

    issuer: str
    sealing: str


def authorization(callout: Callout, account: str, insiders: Iterable[str]) -> Config:
    """Everybody but the insiders is asked about, in the city's account."""
    asked = {
        "issuer": callout.issuer,
        "xkey": callout.sealing,
        "account": account,
        "auth_users": sorted(insiders),
    }
    return {"timeout": TIMEOUT, "auth_callout": asked}


def system(city: str, account: str) -> Config:
    """What the city is told and can do of the server itself: who is connected from outside, and end it."""
    asked = {"service": connections(city), "response_type": "stream", "accounts": [account]}
    return {"exports": [asked, {"service": KICK, "accounts": [account]}]}


def inside(city: str) -> Config:
    """What the city's account takes from the server's, and gives to the one outside."""
    outside = subjects.outside_account(city)
    exports = [
        {"service": subject, "accounts": [outside]}
        | ({"response_type": "stream"} if ".MSG.NEXT." in subject else {})
        for subject in subjects.reader_requests(city, "*")
    ]
    taken = (connections(city), KICK)
    return {"exports": exports, "imports": [service(SYSTEM, subject) for subject in taken]}


def outside(city: str, account: str) -> Config:
    """The account outside: requests about readers, by nobody but whom the callout names."""
    nothing = {"publish": {"deny": [">"]}, "subscribe": {"deny": [">"]}}
    here = dict(zip(subjects.reader_requests(city, "*"), subjects.reader_rights(city, "*"), strict=True))
    named = {subject: other for subject, other in here.items() if subject != other}
    return {
        "imports": [
            service(account, subject) | ({"to": named[subject]} if subject in named else {})
            for subject in here
        ],
        "mappings": {subject: other.replace("*", "$1") for subject, other in named.items()},
        "users": [{"nkey": NOBODY, "permissions": nothing}],
    }


def service(account: str, subject: str) -> Config:
    """A request to another account."""
    return {"service": {"account": account, "subject": subject}}


def connections(city: str) -> str:
    """Where it is asked who is connected from outside."""
    return f"$SYS.REQ.ACCOUNT.{subjects.outside_account(city)}.CONNZ"


def gatekeeper(city: str, durables: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """What the gatekeeper may do beside its work as a service; `durables` are those of all services.

    To answer who comes in (`allow_responses`), to see and end connections, to make consumers of public events
    and to take consumers away, but not the services' own.
    """
    stream = subjects.stream(city)
    create, delete = (f"$JS.API.CONSUMER.{verb}.{stream}" for verb in ("CREATE", "DELETE"))
    own = [f"{create}.*.{subjects.public_filter(city)}", f"{delete}.*"]
    look = [f"$JS.API.CONSUMER.NAMES.{stream}", f"$JS.API.CONSUMER.INFO.{stream}.*"]
    denied = [subject for name in durables for subject in (f"{create}.{name}.>", f"{delete}.{name}")]
    return {
        "publish": {"allow": [*own, *look, connections(city), KICK], "deny": denied},
        "subscribe": {"allow": [QUESTION]},
    }
