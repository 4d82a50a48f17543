"""A letter for every award, and never two."""

from .conftest import City


async def test_an_award_sends_one_letter(city: City) -> None:
    award = city.awarded()
    await city.hear(award)
    await city.send()
    ((address, letter),) = city.mail.taken
    assert address == "aino@example.org"
    assert letter["Subject"] == "You earned Podcast Producer from Youth Radio"
    assert str(award.claim) in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    (sent,) = await city.told("letter.sent")
    assert sent["letter"] == letter["X-Letter-Id"] and sent["cause"] == str(award.award)
    assert await city.states() == ["sent"]
