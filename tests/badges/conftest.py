"""One award of a city that does not exist, as values, and where the published test vectors are."""

import gc
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.badges.domain.addresses import Addresses
from services.badges.domain.badge import (
    Achievement,
    Credential,
    Evidence,
    Issuer,
    StatusEntry,
    esco_alignment,
    hashed_email,
)
from services.badges.domain.did import IssuerKey, did_document, organisation_did
from services.badges.signing import SigningKey
from tests.badges.examples import CITY, NOW, ORGANISATION, STANDARDS, World, published_list
from tests.badges.foreign import Elsewhere


@pytest.fixture
def undisturbed() -> Iterator[None]:
    """For tests of how much processor time something takes: what thousands of tests before have left is
    not collected meanwhile, which by itself can take seconds."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of published test vectors, which the project does not ship."""
    folder = STANDARDS / "vectors"
    if not folder.is_dir():
        pytest.skip("the published test vectors are not on this machine")
    return folder


@pytest.fixture(scope="session")
def example_contexts(vectors: Path) -> Path:
    """The folder of contexts that only test vectors use."""
    return vectors.parent / "contexts"


@pytest.fixture(scope="session")
def achievement() -> Achievement:
    """A podcast workshop in Helsinki, with two skills."""
    addresses = Addresses(CITY)
    return Achievement(
        id=addresses.achievement("0199a0b0-0000-7000-8000-0000000000a1", 2),
        version=2,
        name='Podcast "maker"',
        description="Plans, records and edits\nan episode – on air.",
        criteria="One episode, *reviewed* by a peer.\tNothing else.",
        image=addresses.picture("0199a0b0-0000-7000-8000-0000000000a1", 2),
        image_alt="Podcast maker, Demonstrate layer, issued by Nuorten Ääni",
        language="en",
        kind="workshop",
        tags=("radio", "ääni"),
        alignments=(
            esco_alignment(
                "work in teams", "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"
            ),
            esco_alignment(
                "edit audio", "http://data.europa.eu/esco/skill/0b6a2d1c-0000-4000-8000-000000000002"
            ),
        ),
    )


@pytest.fixture(scope="session")
def credential(achievement: Achievement) -> Credential:
    """A full award with a piece of evidence."""
    addresses = Addresses(CITY)
    return Credential(
        id=addresses.credential("Vt1sZQ0hCkSxN7l8dWqk2w"),
        issuer=Issuer(
            id=organisation_did(CITY, ORGANISATION),
            name="Nuorten Ääni",
            url="https://nuortenaani.example",
            description="Radio made by young people.",
            image="https://nuortenaani.example/logo.png",
        ),
        achievement=achievement,
        recipient=hashed_email("learner@example.org", bytes(range(16))),
        awarded_at=NOW,
        valid_from=NOW,
        status=StatusEntry(addresses.status_list(ORGANISATION, 1), 94_567),
        activity_start=date(2026, 9, 28),
        activity_end=date(2026, 9, 30),
        evidence=(Evidence("https://nuortenaani.example/episodes/7", "Episode 7", "Edited alone."),),
    )


@pytest.fixture(scope="session")
def signing_key(credential: Credential) -> SigningKey:
    """The organisation's key; the same in every run."""
    return SigningKey(credential.issuer.id, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture
def world(credential: Credential, signing_key: SigningKey) -> World:
    """A world in which the organisation's key and its empty status list are published."""
    did = credential.issuer.id
    return World(
        {did: did_document(did, [IssuerKey(signing_key.public_multibase)])},
        {credential.status.list_url: published_list(credential, signing_key)},
    )


@pytest.fixture
def elsewhere() -> Elsewhere:
    """A world in which others publish; empty at first."""
    return Elsewhere()


@pytest.fixture
def another_uuid() -> UUID:
    """A random number that is the same in every run."""
    return UUID(int=random.Random(7).getrandbits(128), version=4)
