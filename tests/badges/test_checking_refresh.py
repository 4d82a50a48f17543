"""A badge whose issuer offers a newer copy: it is asked for once, after the proof, and counts if it holds."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.badges.checking.findings import Checklist
from services.badges.checking.worlds import offline, verify_in_time
from services.badges.sandbox import Sandbox
from services.badges.verifying import Result, Verdict
from tests.badges.foreign import (
    LIST,
    NOW,
    STATUS,
    Elsewhere,
    as_bytes,
    badge,
    bit_list,
    checked,
    claims,
    reason,
)
from tests.badges.issuing_elsewhere import DID_KEY, RSA, Document, did_jwk, token, with_proof

URL = "https://issuer.example/refresh/1"
SERVICE = {"id": URL, "type": "1EdTechCredentialRefresh"}
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def offering(until: str = "2026-11-01T00:00:00Z", **more: Any) -> Document:
    """A badge that has run out by LATER, and says where a newer copy is."""
    return with_proof(badge(validUntil=until, refreshService=SERVICE, **more))


def refresh(found: Checklist) -> tuple[Result, str]:
    line = found.found["refresh"].finding
    return line.result, line.reason


async def test_a_newer_copy_counts_with_its_dates_and_status(elsewhere: Elsewhere) -> None:
    elsewhere.publish(URL, offering("2027-11-01T00:00:00Z", name="Newer", credentialStatus=STATUS))
    for withdrawn, verdict in (((), Verdict.VALID), ((7,), Verdict.WITHDRAWN)):
        elsewhere.publish(LIST, bit_list("Bitstring", *withdrawn))
        found = await checked(offering(), elsewhere, now=LATER)
        assert (found.verdict, refresh(found)[0]) == (verdict, Result.PASSED)
    assert elsewhere.asked.count(URL) == 2, "once each time, also where the newer copy offers one again"


async def test_what_does_not_hold_does_not_replace_the_original(elsewhere: Elsewhere) -> None:
    newer = offering("2027-11-01T00:00:00Z")
    other = did_jwk(RSA)
    pages: tuple[tuple[object, int], ...] = (
        (newer, 500),
        (b"<html>", 200),
        (newer | {"name": "Changed"}, 200),
        (with_proof(badge(refreshService=SERVICE, id="urn:uuid:another")), 200),
        (token(claims(badge(other)), RSA, kid=f"{other}#0").encode(), 200),
        (with_proof(badge(credentialSubject={"type": ["AchievementSubject"]})), 200),
        (offering("2027-11-01T00:00:00Z", validFrom="2026-09-01T00:00:00Z"), 200),
        (URL.encode(), 200),
    )
    for page, status in pages:
        elsewhere.publish(URL, page, status)
        found = await checked(offering(), elsewhere, now=LATER)
        assert (found.verdict, refresh(found)[0]) == (Verdict.EXPIRED, Result.NOT_CHECKED), page
        assert "what was handed in counts" in refresh(found)[1]
        assert (await checked(offering(), elsewhere)).verdict is Verdict.VALID
    del elsewhere.pages[URL]
    assert (await checked(offering(), elsewhere)).verdict is Verdict.VALID


async def test_nothing_is_asked_before_the_proof_holds(elsewhere: Elsewhere) -> None:
    elsewhere.publish(URL, offering())
    found = await checked(offering() | {"name": "Changed"}, elsewhere)
    assert (found.verdict, elsewhere.asked, "refresh" in found.found) == (Verdict.ALTERED, [], False)
    assert "refresh" not in (await checked(with_proof(badge()), elsewhere)).found


async def test_an_unknown_way_of_refreshing_is_named(elsewhere: Elsewhere) -> None:
    service = {"id": URL, "type": "BitstringStatusList"}
    found = await checked(with_proof(badge(refreshService=service)), elsewhere)
    assert (found.verdict, refresh(found)[0], elsewhere.asked) == (Verdict.VALID, Result.NOT_CHECKED, [])


async def test_without_a_network_it_says_that_nobody_was_asked(tmp_path: Path) -> None:
    (tmp_path / "issuers.txt").write_text(DID_KEY)
    found = await verify_in_time(as_bytes(offering()), offline(tmp_path, Sandbox(1)), NOW, None, 20)
    assert found.verdict is Verdict.VALID
    assert "nothing is fetched" in reason(found, "refresh")
