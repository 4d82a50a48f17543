"""What comes back about letters, whoever tells it, and the addresses that are not written to any more."""

import hmac
import json
from base64 import b64encode
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import SecretStr

from services.chassis.testing import Keyring
from services.notify import providers, returns
from services.notify.domain.feedback import kind_of
from services.notify.domain.naming import message_number, return_address
from services.notify.settings import Settings

from .conftest import City
from .mailserver import DROP
from .reports import complaint, report

SECRET = "a secret of mail servers"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a secret for mail servers and an address for bounces."""
    told = {"feedback_secret": SecretStr(SECRET), "bounce_address": "bounces@city.test"}
    return settings.model_copy(update=told)


@pytest.fixture
def operator(keyring: Keyring) -> dict[str, str]:
    """The headers of an operator."""
    return keyring.headers(operator=True)


@pytest.fixture
async def letter(city: City) -> UUID:
    """A letter that was sent."""
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["sent"]
    return UUID(city.mail.letters[0]["X-Letter-Id"])


def basic(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"mail:{secret}".encode()).decode()}


async def tell(http: httpx.AsyncClient, content: bytes, **headers: str) -> dict[str, int]:
    answer = await http.post("/letters/bounces", content=content, headers={**basic(), **headers})
    assert answer.status_code == 200, answer.text
    told: dict[str, int] = answer.json()
    return told


async def suppressed(http: httpx.AsyncClient, operator: dict[str, str]) -> list[str]:
    answer = await http.post("/letters/suppressed/list", json={}, headers=operator)
    return [item["address"] for item in answer.json()["items"]]


async def test_a_bounce_is_told_and_its_address_not_written_to_again_until_it_is_taken_off(
    city: City, http: httpx.AsyncClient, operator: dict[str, str], letter: UUID
) -> None:
    assert await tell(http, report(letter)) == {"letters": 1, "others": 0}
    assert await tell(http, report(letter)) == {"letters": 1, "others": 0}, "twice is no harm"
    assert await city.states() == ["bounced"] and await suppressed(http, operator) == ["aino@example.org"]
    (failed,) = await city.told("letter.failed")
    assert "nobody here" in failed["reason"]
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["bounced", "cancelled"]
    body = {"address": " Aino@Example.org "}
    assert (await http.post("/letters/suppressed/remove", json=body, headers=operator)).status_code == 204
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["bounced", "cancelled", "sent"]
    counts = (await http.get("/letters/counts", headers=operator)).json()
    assert (counts["bounced"], counts["sent"], counts["cancelled"]) == (1, 1, 1)


async def test_whom_nothing_is_sent_to_can_still_sign_in(
    city: City, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    body = {"address": "New@example.org", "why": "asked us by telephone"}
    assert (await http.post("/letters/suppressed", json=body, headers=operator)).status_code == 201
    await city.hear(city.sign_in())
    await city.send()
    assert await city.states() == ["sent"]


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("delayed", "4.4.1", "sent"),
        ("failed", "4.4.7", "bounced"),
        ("failed", "5.2.2", "bounced"),
        ("failed", "5.7.1", "bounced"),
    ],
)
async def test_what_is_not_the_addresss_fault_is_counted_and_bars_nothing_at_first(
    city: City,
    http: httpx.AsyncClient,
    operator: dict[str, str],
    letter: UUID,
    action: str,
    status: str,
    state: str,
) -> None:
    for _ in range(2):
        await tell(http, report(letter, action=action, status=status))
    assert await city.states() == [state] and await suppressed(http, operator) == []
    await tell(http, report(letter, action=action, status=status))
    assert await suppressed(http, operator) == ([] if action == "delayed" else ["aino@example.org"])


async def test_a_complaint_ends_letters_that_may_be_declined_and_outweighs_a_bounce(
    city: City, http: httpx.AsyncClient, operator: dict[str, str], keyring: Keyring, letter: UUID
) -> None:
    await tell(http, complaint(letter))
    await tell(http, report(letter))
    assert await city.states() == ["complained"] and await suppressed(http, operator) == ["aino@example.org"]
    reader = keyring.headers(recipients=[str(city.recipient)])
    chosen = (await http.get("/letters/preferences", headers=reader)).json()
    assert "pathway_completed" in chosen["declined"]
    assert await city.told("letter.failed") == []


async def test_a_bounce_of_a_letter_that_is_queued_again_keeps_it_from_leaving(
    city: City, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    city.mail.will("DATA", DROP)
    await city.hear(city.awarded())
    await city.send()
    (letter,) = city.mail.letters
    id_ = letter["X-Letter-Id"]
    assert (await http.post(f"/letters/{id_}/resend", headers=operator)).status_code == 202
    await tell(http, report(UUID(id_)))
    await city.send()
    assert await city.states() == ["bounced"] and len(city.mail.letters) == 1


async def test_a_report_that_anybody_may_have_written_must_name_the_letters_address(
    city: City, http: httpx.AsyncClient, letter: UUID
) -> None:
    assert await tell(http, report(letter, address="other@example.org")) == {"letters": 0, "others": 1}
    assert await city.states() == ["sent"]
    sealed = return_address(letter, "bounces@city.test", city.settings.webhook_key)
    forged = sealed.replace("-", "-0000", 1).replace("0000@", "@")
    assert await tell(http, report(uuid4(), to=forged, address="x@example.org")) == {
        "letters": 0,
        "others": 1,
    }
    assert await tell(http, report(uuid4(), to=sealed, address="x@example.org")) == {
        "letters": 1,
        "others": 0,
    }
    assert await city.states() == ["bounced"]


async def test_the_return_address_of_a_letter_is_its_own(city: City, letter: UUID) -> None:
    sender = return_address(letter, "bounces@city.test", city.settings.webhook_key)
    assert city.mail.senders == [sender]


@pytest.mark.parametrize("secret", ["", "wrong", "a secret of mail server"])
async def test_only_who_knows_the_secret_or_is_an_operator_may_tell(
    city: City, http: httpx.AsyncClient, letter: UUID, secret: str
) -> None:
    for path in ("/letters/bounces", "/letters/feedback/plain"):
        answer = await http.post(path, content=report(letter), headers=basic(secret))
        assert answer.status_code == 401
    assert await city.states() == ["sent"]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\xff" * 100, report(uuid4(), action="delivered")])
async def test_what_is_no_report_is_refused_and_nothing_changes(
    city: City, http: httpx.AsyncClient, letter: UUID, content: bytes
) -> None:
    answer = await http.post("/letters/bounces", content=content, headers=basic())
    assert answer.status_code == 422 and answer.json()["type"].endswith("no-report")
    assert await city.states() == ["sent"]


def plain(letter: UUID) -> Any:
    return {"event": "bounced", "letter": str(letter), "reason": "nobody here"}


def by_number(letter: UUID) -> Any:
    return [{"event": "bounced", "message_id": f"<{message_number(letter)}@city.test>"}]


def postmark(letter: UUID) -> Any:
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "MessageID": str(uuid4()),
        "Metadata": {"letter": str(letter)},
        "Description": "The server was unable to deliver your message",
    }


def ses(letter: UUID) -> Any:
    mail = {"headers": [{"name": "X-Letter-Id", "value": str(letter)}]}
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"diagnosticCode": "smtp; 550 5.1.1 no"}]}
    return {"notificationType": "Bounce", "bounce": bounce, "mail": mail}


def sns(letter: UUID) -> Any:
    return {"Type": "Notification", "Message": json.dumps(ses(letter))}


@pytest.mark.parametrize(
    ("provider", "said"),
    [("plain", plain), ("plain", by_number), ("postmark", postmark), ("ses", ses), ("ses", sns)],
)
async def test_providers_tell_of_bounces_in_their_own_shapes(
    city: City, http: httpx.AsyncClient, letter: UUID, provider: str, said: Any
) -> None:
    content = json.dumps(said(letter)).encode()
    seal = hmac.new(SECRET.encode(), content, sha256).hexdigest()
    headers = {"X-Letters-Signature": f"sha256={seal}", "Content-Type": "application/json"}
    answer = await http.post(f"/letters/feedback/{provider}", content=content, headers=headers)
    assert answer.json() == {"letters": 1, "others": 0}, answer.text
    assert await city.states() == ["bounced"]
    again = await http.post(f"/letters/feedback/{provider}", content=content + b" ", headers=headers)
    assert again.status_code == 401, "the seal is of this very body"


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "event",
                    "letter",
                    "mail",
                    "headers",
                    "bounce",
                    "bouncedRecipients",
                    "Message",
                    "RecordType",
                    "notificationType",
                    "Metadata",
                    "Bounce",
                    "name",
                    "value",
                ]
            ),
            inner | st.sampled_from(["Bounce", "bounced", "Complaint"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@examples(max_examples=150, deadline=None)
@given(body=JSON, provider=st.sampled_from(sorted(providers.PROVIDERS)))
def test_whatever_a_provider_sends_is_read_or_refused(body: Any, provider: str) -> None:
    try:
        found = providers.read(provider, json.dumps(body).encode())
    except providers.NotUnderstood:
        return
    assert all(came.kind in ("bounced", "soft", "delayed", "complained") for came in found)


@examples(max_examples=100, deadline=None)
@given(cut=st.integers(0, 900), put=st.binary(max_size=60), at=st.integers(0, 900))
def test_a_report_that_was_mangled_is_read_or_refused(cut: int, put: bytes, at: int) -> None:
    whole = report(UUID(int=7))
    for mangled in (whole[:cut], whole[:at] + put + whole[at:], whole[:cut] + whole[cut + len(put) :]):
        try:
            returns.read(mangled, b"key")
        except returns.NoReport:
            continue


def test_a_report_of_a_thousand_parts_within_each_other_is_refused_and_not_followed() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000)
    )
    with pytest.raises(returns.NoReport):
        returns.read(deep, b"key")


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", "bounced"),
        ("failed", "", "bounced"),
        ("failed", "4.2.2", "soft"),
        ("failed", "5.2.2", "soft"),
        ("failed", "5.7.26", "soft"),
        ("delayed", "4.0.0", "delayed"),
        ("relayed", "2.0.0", None),
        ("delivered", "2.0.0", None),
    ],
)
def test_a_delivery_status_means(action: str, status: str, kind: str | None) -> None:
    assert kind_of(action, status) == kind


async def test_somebody_forgotten_is_not_on_the_list_any_more(
    city: City, http: httpx.AsyncClient, operator: dict[str, str], letter: UUID
) -> None:
    await tell(http, report(letter))
    await city.hear(city.forgotten())
    assert await suppressed(http, operator) == []
    assert await tell(http, report(letter)) == {"letters": 0, "others": 1}


async def test_a_letter_goes_to_the_corrected_address_and_who_said_so_is_kept(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    city.mail.will("RCPT", "550 5.1.1 nobody here")
    await city.hear(city.awarded())
    await city.send()
    operator = keyring.headers(operator=True)
    (failed,) = (await http.get("/letters", headers=operator)).json()["items"]
    issuer = keyring.headers(roles={city.organisation: ["issuer"]})
    bad = await http.post(f"/letters/{failed['id']}/address", json={"address": "no address"}, headers=issuer)
    assert bad.status_code == 422 and bad.json()["errors"][0]["field"] == "body.address"
    right = {"address": "aino.v@example.org"}
    answer = await http.post(f"/letters/{failed['id']}/address", json=right, headers=issuer)
    assert answer.status_code == 202 and answer.json()["address"] is None, "issuers see no addresses"
    await city.send()
    assert [to for to, _ in city.mail.taken] == ["aino.v@example.org"] and await city.states() == ["sent"]
    late = await http.post(f"/letters/{failed['id']}/address", json=right, headers=issuer)
    assert late.status_code == 409
