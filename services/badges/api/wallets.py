"""A learner's wallet: proven by its key, named by their badges from then on, and taken back."""

from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from services.chassis import errors
from services.chassis.auth import SignedIn
from services.chassis.routing import Session, Transactional

from ..asking import asking
from ..storage import wallets as stored
from ..usecases import wallets
from ..wallets import presentation_proof, token_proof
from .answers import HELD
from .awards import AwardId

router = APIRouter(route_class=Transactional, tags=["wallet"])


class ChallengeOut(BaseModel):
    """What a wallet is to sign."""

    challenge: str = Field(description="`nonce` of the proof; good once")
    audience: str = Field(description="`aud` of the proof")
    expires_at: datetime = Field(description="until when it may be answered")


class ProofIn(BaseModel):
    """What the wallet signed."""

    model_config = ConfigDict(extra="forbid")
    proof: str | None = Field(
        default=None,
        max_length=8192,
        description="a JWT of type openid4vci-proof+jwt, signed with ES256 or EdDSA by the key of a did:key"
        " or did:jwk, which `kid` or `jwk` in its header names; with `aud`, `nonce` and `iat`",
    )
    presentation: dict[str, Any] | None = Field(
        default=None,
        description="instead of that: a VerifiablePresentation with a Data Integrity proof for"
        " authentication, eddsa-rdfc-2022 or ecdsa-rdfc-2019; `domain` is the audience, `challenge` the"
        " challenge",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.proof is None) is (self.presentation is None):
            raise ValueError("give one of proof and presentation")
        return self


class WalletOut(BaseModel):
    """The wallet that a learner's new badges name."""

    did: str | None = Field(description="its DID; null where there is none")
    proven_at: datetime | None = Field(description="when it was proven")


class Renewal(BaseModel):
    """A badge that is being issued anew."""

    award: UUID = Field(description="id of the award; the badge's address stays what it is")


@router.post("/portfolio/wallet/challenge", responses=errors.responses(401, 403))
async def ask(request: Request, response: Response, session: Session, actor: SignedIn) -> ChallengeOut:
    """Ask for what a wallet must sign to prove itself. It is good once, for ten minutes, and for you alone.

    A new one takes the place of the one before.
    """
    learner = actor.require_learner()
    response.headers.update(HELD)
    text, made = await wallets.challenge(session, learner, datetime.now(UTC))
    audience = request.app.state.settings.public_url
    return ChallengeOut(challenge=text, audience=audience, expires_at=made.expires_at)


@router.put("/portfolio/wallet", responses=errors.responses(401, 403, 422))
async def prove(
    request: Request, response: Response, session: Session, actor: SignedIn, body: ProofIn
) -> WalletOut:
    """Prove that you hold a wallet: badges that you are issued from now on name it as their subject.

    All of them name the same one, so that whoever sees two can tell that they are yours; prove another one
    to keep them apart. Prove it again when you have added an address.
    """
    learner, settings = actor.require_learner(), request.app.state.settings
    response.headers.update(HELD)
    world = asking(request.app, settings.public_url, "")
    if body.presentation is not None:
        proof = await presentation_proof(body.presentation, world)
    else:
        proof = await token_proof(body.proof or "", world)
    await wallets.prove(session, learner, actor.recipients, proof, settings.public_url, datetime.now(UTC))
    return await _wallet(session, learner)


@router.get("/portfolio/wallet", responses=errors.responses(401, 403))
async def wallet(response: Response, session: Session, actor: SignedIn) -> WalletOut:
    """The wallet that badges name which you are issued from now on."""
    response.headers.update(HELD)
    return await _wallet(session, actor.require_learner())


@router.delete("/portfolio/wallet", status_code=204, responses=errors.responses(401, 403))
async def take_back(session: Session, actor: SignedIn) -> None:
    """Have new badges name your wallet no longer. Those that do stay as they are until you renew them."""
    await wallets.take_back(session, actor.require_learner())


@router.post(
    "/portfolio/badges/{award_id}/renew", status_code=202, responses=errors.responses(401, 403, 404, 409)
)
async def renew(session: Session, actor: SignedIn, award_id: AwardId) -> Renewal:
    """Have one of your badges issued anew: naming your wallet, or no longer, and with later endorsements.

    Id, address and day of the award stay; copies that you gave away stay valid too.
    """
    actor.require_learner()
    await wallets.renew(session, award_id, actor.recipients, datetime.now(UTC))
    return Renewal(award=award_id)


async def _wallet(session: Session, learner: UUID) -> WalletOut:
    found = await stored.of_learner(session, learner)
    return WalletOut(did=found and found.did, proven_at=found and found.proven_at)
