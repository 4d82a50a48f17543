"""The quick way to a message makes what the general one does, whatever is in it."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import product
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import SecretStr

from services.notify.composing import compose, message_id
from services.notify.domain.letter import Kind
from services.notify.domain.naming import letter_returned
from services.notify.domain.wording import Facts, one_line
from services.notify.quoting import header, quoted
from services.notify.settings import Settings
from services.notify.writing import languages, write

LETTER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SETTINGS = Settings(
    database_url="postgresql://u@127.0.0.1/notify",
    public_url="https://city.test",
    webhook_secret=SecretStr("a secret of webhooks for tests, long enough"),
    mail_from='"Žvėrynas, City of" <no-reply@city.test>',
    city_title="Vilnius & <Friends>",
    city_postal="Konstitucijos pr. 3",
)
FACTS = Facts(
    "badge_awarded",
    "aino@example.org",
    "Aino Virtanen",
    "en",
    "Youth Radio",
    "Podcast Producer",
    "en",
    "https://city.test/image.png",
    "https://city.test/credentials/k3zj9q?a=1&b=2",
    figures=(1, 2, 3),
    choices="https://city.test/letters/preferences/x",
    unsubscribe="https://city.test/letters/unsubscribe/x",
)
# Control characters are refused where names come in; here none must do harm all the same.
NAMES = st.text(st.characters(codec="utf-8"), max_size=200)


def generally(facts: Facts) -> EmailMessage:
    """The message as Python's own package makes it."""
    written = write(facts, SETTINGS.brand, SETTINGS.default_language)
    mailbox, _, domain = facts.address.rpartition("@")
    message = EmailMessage(policy=policy.SMTPUTF8 if not mailbox.isascii() else policy.SMTP)
    message["From"] = SETTINGS.sender
    message["To"] = Address(one_line(facts.name or ""), mailbox, domain)
    message["Subject"] = written.subject
    message["Date"] = format_datetime(NOW)
    message["Message-ID"] = message_id(LETTER, SETTINGS.public_url)
    message["X-Letter-Id"] = str(LETTER)
    message["Auto-Submitted"] = "auto-generated"
    if facts.unsubscribe:
        message["List-Unsubscribe"] = f"<{facts.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(written.text, cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = written.language
    return message


def told(message: EmailMessage) -> dict[str, object]:
    """What a reader's program gets out of a message."""
    headers = {name: " ".join(str(message[name]).split()) for name in message if name != "Content-Type"}
    people = {
        name: [(a.display_name, a.addr_spec) for a in message[name].addresses] for name in ("From", "To")
    }
    parts = [
        (
            part.get_content_type(),
            part.get_content_charset(),
            part.get_content().replace("\r\n", "\n").rstrip("\n"),
        )
        for part in message.iter_parts()
    ]
    return {**headers, **people, "parts": parts, "defects": [part.defects for part in message.walk()]}


def people(message: EmailMessage, header: str) -> list[tuple[str, str]]:
    """Names without their spaces, and addresses."""
    return [("".join(a.display_name.split()), a.addr_spec) for a in message[header].addresses]


def quickly(facts: Facts) -> EmailMessage:
    """The message as it is sent, read back."""
    outgoing = compose(LETTER, facts, NOW, SETTINGS)
    lines = outgoing.content.split(b"\r\n")
    assert max(map(len, lines)) <= 998 and not any(line.startswith(b".") for line in lines)
    assert outgoing.wide or outgoing.content.isascii()
    read = message_from_bytes(outgoing.content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def same(facts: Facts) -> None:
    """Both ways make the same."""
    raw = generally(facts).as_bytes()
    general = message_from_bytes(raw, policy=policy.default)
    assert isinstance(general, EmailMessage)
    expected, found = told(general), told(quickly(facts))
    # The package loses spaces where it folds long headers; these are what they were to say.
    expected["Subject"] = " ".join(write(facts, SETTINGS.brand, "en").subject.split())
    # And where it reads a long name, it puts some between encoded words (RFC 2047 section 6.2 has none).
    expected["To"] = ["".join(((facts.name and one_line(facts.name)) or "").split()), facts.address]
    found["To"] = [part for name, address in people(quickly(facts), "To") for part in (name, address)]
    assert found == expected


@pytest.mark.parametrize(("kind", "language"), list(product(get_args(Kind), sorted(languages()))))
def test_every_letter_in_every_language_is_the_same_both_ways(kind: Kind, language: str) -> None:
    same(replace(FACTS, kind=kind, language=language, code="271828", minutes=14))
    same(replace(FACTS, kind=kind, language=language, name=None, picture=None, link=None, unsubscribe=None))


@examples(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(name=NAMES, organisation=NAMES, about=NAMES, language=st.sampled_from(["en", "ar", "de", "tlh", None]))
def test_whatever_people_are_called_both_ways_make_the_same(
    name: str, organisation: str, about: str, language: str | None
) -> None:
    same(replace(FACTS, name=name, organisation=organisation, about=about, language=language))


@pytest.mark.parametrize(
    "name",
    [
        "A\r\nBcc: x@example.org",
        '"; <x@example.org>',
        "=?utf-8?q?x?=",
        ".",
        "Ünï ليلى",
        "x" * 900,
        "a, b",
        " ",
    ],
)
def test_no_name_can_add_a_header_or_a_recipient(name: str) -> None:
    message = quickly(replace(FACTS, name=name, about=name, organisation=name))
    assert [a.addr_spec for a in message["To"].addresses] == ["aino@example.org"]
    assert message["Bcc"] is None and len(list(message.iter_parts())) == 2


@examples(max_examples=100, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=300))
def test_quoted_text_reads_as_it_was(text: str) -> None:
    raw = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    read = message_from_bytes(raw + quoted(text), policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read.get_payload(decode=True) == text.replace("\n", "\r\n").encode()
    assert max(map(len, quoted(text).split(b"\r\n"))) <= 76


@examples(max_examples=100, deadline=None)
@given(text=NAMES)
def test_a_header_reads_as_it_was(text: str) -> None:
    line = one_line(text)
    read = message_from_bytes(b"Subject: " + header(line) + b"\r\n\r\n", policy=policy.default)
    assert str(read["Subject"]).strip() == line.strip()


def test_letters_that_may_be_declined_say_how_with_one_click() -> None:
    message = quickly(replace(FACTS, kind="pathway_completed"))
    assert message["List-Unsubscribe"] == "<https://city.test/letters/unsubscribe/x>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert quickly(replace(FACTS, unsubscribe=None))["List-Unsubscribe"] is None


def test_the_return_address_names_the_letter_and_cannot_be_made_up() -> None:
    settings = SETTINGS.model_copy(update={"bounce_address": "bounces@city.test"})
    sender = compose(LETTER, FACTS, NOW, settings).sender
    assert sender.startswith("bounces+") and sender.endswith("@city.test")
    assert letter_returned(f"<{sender}>", settings.webhook_key) == LETTER
    assert letter_returned(sender.replace("@", "0@").replace("-", "-0"), settings.webhook_key) is None
    assert letter_returned(sender, b"another key") is None
