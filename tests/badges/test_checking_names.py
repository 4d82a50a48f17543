"""In Open Badges 2.0 an issuer is what the host of its id says, so that nobody speaks in another's name."""

import pytest

from services.badges.checking.hosted import CONTEXT
from services.badges.verifying import Verdict
from tests.badges.foreign import Elsewhere, checked, reason
from tests.badges.issuing_elsewhere import Document
from tests.badges.test_checking_hosted import assertion

EVIL = "https://evil.example"
THERE = f"{EVIL}/1"
GOOD = "https://good.example/issuer"
GOOD_PROFILE = {"id": GOOD, "type": "Issuer", "name": "Good"}


def city_of_evil(issuer: Document, class_id: str = f"{EVIL}/class") -> Elsewhere:
    """A badge served by one whose profile says what it likes."""
    elsewhere = Elsewhere()
    elsewhere.publish(THERE, assertion(id=THERE, badge=f"{EVIL}/class"))
    elsewhere.publish(
        f"{EVIL}/class",
        {"@context": CONTEXT, "id": class_id, "type": "BadgeClass", "name": "a", "issuer": f"{EVIL}/issuer"},
    )
    elsewhere.publish(f"{EVIL}/issuer", issuer)
    elsewhere.publish(GOOD, GOOD_PROFILE)
    return elsewhere


async def test_a_profile_that_says_it_is_another_does_not_speak_for_it() -> None:
    rule = {"verification": {"startsWith": [f"{EVIL}/"], "allowedOrigins": ["evil.example"]}}
    found = await checked(THERE, city_of_evil(GOOD_PROFILE | rule))
    assert found.verdict is Verdict.UNKNOWN_ISSUER
    assert "somewhere that is not its issuer's" in reason(found, "issuer"), "what good.example serves counts"
    honest = GOOD_PROFILE | {"id": f"{EVIL}/issuer", "name": "Evil"}
    assert (await checked(THERE, city_of_evil(honest))).verdict is Verdict.VALID


async def test_a_profile_that_no_host_serves_as_its_own_is_nobodys() -> None:
    elsewhere = city_of_evil(GOOD_PROFILE)
    elsewhere.publish(GOOD, GOOD_PROFILE | {"id": "https://third.example/"})
    found = await checked(THERE, elsewhere)
    assert found.verdict is Verdict.UNKNOWN_ISSUER
    assert "something else" in reason(found, "issuer")


@pytest.mark.parametrize("kind", ["Assertion", ["BadgeClass"], "Extension"])
async def test_an_issuer_that_says_it_is_no_issuer_is_none(kind: str | list[str]) -> None:
    found = await checked(THERE, city_of_evil({"id": f"{EVIL}/issuer", "type": kind, "name": "a"}))
    assert found.verdict is Verdict.UNKNOWN_ISSUER
    assert "no Issuer or Profile" in reason(found, "issuer")
