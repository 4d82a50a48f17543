"""Whether a credential has the form that the standard prescribes."""

from typing import Any

from ..sandbox import TooLong
from ..verifying import MOST_PROBLEMS, Verdict, validate_schema
from ..vocabularies import CREDENTIALS_V2
from .findings import Finding, cannot_check, failed, passed
from .issuers import World
from .jws import disagreements, without_claims
from .reading import Paper
from .rules import broken_rules
from .shapes import listed, types_of

BADGE_TYPES = {"OpenBadgeCredential", "AchievementCredential"}
ENDORSEMENT = "EndorsementCredential"
_OURS = BADGE_TYPES | {ENDORSEMENT}


def schema_problems(document: dict[str, Any]) -> list[str]:
    """What the published schema and the rules beside it say against a badge; the first ten of each.

    A hostile document can make this take for ever: it is work for a process of its own.
    """
    return [*validate_schema(document), *broken_rules(document)[:MOST_PROBLEMS]]


async def check_schema(paper: Paper, world: World) -> Finding:
    """Whether it conforms to the published schema, and the token around it says the same.

    The schema is that of Open Badges 3.0 for the data model 2.0; for others there is none to hold them to.
    """
    document = paper.document or {}
    problems = disagreements(paper.token, document) if paper.token else []
    problems += [f"{name} is missing" for name in ("issuer", "credentialSubject") if not document.get(name)]
    if not types_of(document) & _OURS:
        problems.append("it is a verifiable credential, but neither a badge nor an endorsement")
    whole = types_of(document) & BADGE_TYPES and CREDENTIALS_V2 in listed(document.get("@context"))
    if whole:
        bare = without_claims(document) if paper.token else dict(document)
        try:
            problems += await world.work(schema_problems, bare)
        except TooLong as error:
            return cannot_check(f"it is made so that checking it does not end: {error}")
    if problems:
        return failed(Verdict.NOT_A_CREDENTIAL, "; ".join(problems)[:1000])
    return passed(
        "it conforms to the schema of Open Badges 3.0"
        if whole
        else "it has what a credential of its version must have; the published schema is for a later one"
    )
