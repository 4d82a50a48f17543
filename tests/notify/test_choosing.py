"""What readers choose: which letters they get and in which language; with a click, on a page, signed in."""

import re
from uuid import uuid4

import httpx
import pytest

from services.chassis.testing import Keyring

from .conftest import City


async def completed(city: City) -> None:
    pathway = uuid4()
    await city.hear(city.playlist(pathway), city.completed(pathway))
    await city.send()


def path(city: City, header: str = "List-Unsubscribe") -> str:
    """Where the last letter says that one unsubscribes."""
    return str(city.mail.letters[-1][header]).strip("<>").removeprefix(city.settings.public_url)


async def test_one_click_in_a_mail_program_ends_letters_of_that_kind_and_no_others(
    city: City, http: httpx.AsyncClient
) -> None:
    await completed(city)
    assert city.mail.letters[-1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    clicked = await http.post(path(city), data={"List-Unsubscribe": "One-Click"})
    assert clicked.status_code == 200
    await completed(city)
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["sent", "cancelled", "sent"]


async def test_opening_the_link_changes_nothing_until_the_button_is_pressed(
    city: City, http: httpx.AsyncClient
) -> None:
    await completed(city)
    page = await http.get(path(city))
    assert page.status_code == 200 and page.text.count("<button>") == 1 and "aino" not in page.text
    await completed(city)
    assert await city.states() == ["sent", "sent"]


async def test_letters_about_badges_and_to_sign_in_cannot_be_unsubscribed_from(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    await city.hear(city.awarded(), city.sign_in())
    await city.send()
    assert all(letter["List-Unsubscribe"] is None for letter in city.mail.letters)
    mine = keyring.headers(recipients=[str(city.recipient)])
    refused = await http.put("/letters/preferences", json={"declined": ["badge_awarded"]}, headers=mine)
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "body.declined"


async def test_somebody_signed_in_chooses_kinds_and_language_for_all_their_addresses(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    mine = keyring.headers(recipients=[str(city.recipient), str(uuid4())])
    wanted = {"declined": ["pathway_completed"], "language": "lt"}
    assert (await http.put("/letters/preferences", json=wanted, headers=mine)).json() == wanted
    assert (await http.get("/letters/preferences", headers=mine)).json() == wanted
    await completed(city)
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["cancelled", "sent"]
    assert city.mail.letters[-1]["Content-Language"] == "lt"
    everything: dict[str, object] = {"declined": [], "language": None}
    assert (await http.put("/letters/preferences", json=everything, headers=mine)).json() == everything
    await completed(city)
    assert await city.states() == ["cancelled", "sent", "sent"]


async def test_the_page_that_a_letter_leads_to_keeps_what_is_chosen_there(
    city: City, http: httpx.AsyncClient
) -> None:
    await city.hear(city.awarded())
    await city.send()
    text = city.mail.letters[-1].get_body(("plain",))
    assert text
    found = re.search(r"https://city\.test(/letters/preferences/\S+)", text.get_content())
    assert found
    page = await http.get(found[1], headers={"Accept-Language": "ar-EG, en"})
    assert 'dir="rtl"' in page.text and page.text.count(" checked") == 3
    kept = await http.post(found[1], data={"wanted": ["digest"], "language": "de"})
    assert kept.text.count(" checked") == 1 and 'lang="de"' in kept.text and "Gespeichert" in kept.text
    await completed(city)
    assert await city.states() == ["sent", "cancelled"]


@pytest.mark.parametrize("shown", ["x", "0" * 32 + "-" + "0" * 32, "é" * 20])
async def test_an_address_that_no_letter_gave_is_refused(
    city: City, http: httpx.AsyncClient, shown: str
) -> None:
    for part in ("preferences", "unsubscribe"):
        assert (await http.get(f"/letters/{part}/{shown}")).status_code == 404
        assert (await http.post(f"/letters/{part}/{shown}")).status_code == 404


async def test_the_address_leads_nowhere_once_its_reader_was_forgotten(
    city: City, http: httpx.AsyncClient
) -> None:
    await completed(city)
    await city.hear(city.forgotten())
    assert (await http.get(path(city))).status_code == 404
