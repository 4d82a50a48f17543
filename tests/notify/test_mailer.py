"""A letter as it travels, and what the mail server's answers mean."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import pytest
from aiosmtplib import SMTPException

from contracts.recipients import BadAddress
from services.notify import mailer
from services.notify.composing import Outgoing, compose, message_id
from services.notify.domain.letter import Accepted, Outcome, Refused, Unsure
from services.notify.domain.wording import Facts
from services.notify.mailer import Connection
from services.notify.settings import Settings
from services.notify.wire import Wire

from . import certificate
from .conftest import NOW
from .mailserver import DROP, MailServer, Stage, serving

LETTER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
FACTS = Facts(
    "badge_awarded",
    "aino@example.org",
    "Aino",
    "fi",
    "Nuorten radio",
    "Äänitaide",
    "fi",
    "https://city.test/image.png",
    "https://city.test/credentials/k3zj9q",
)
DOTS = "Hei,\n.\n..yksi\näänitaide\n"


def composed(settings: Settings, address: str = "aino@example.org", name: str | None = "Aino") -> Outgoing:
    return compose(LETTER, replace(FACTS, address=address, name=name), NOW, settings)


def dotted() -> Outgoing:
    """A letter with lines that SMTP has to guard."""
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = "dots"
    message.set_content(DOTS, cte="8bit")
    return Outgoing("no-reply@city.test", "aino@example.org", False, message.as_bytes())


def read(outgoing: Outgoing) -> EmailMessage:
    message = message_from_bytes(outgoing.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[Connection]:
    """A connection to the test's mail server."""
    connection = Connection(settings)
    await connection.open()
    yield connection
    connection.close()


async def deliver(connection: Connection, message: Outgoing) -> tuple[Outcome, bool]:
    """The outcome, and whether the letter was handed over."""
    handed: list[bool] = []
    outcome = await connection.deliver(message, lambda: handed.append(True))
    return outcome, bool(handed)


def test_the_headers_name_the_letter_and_its_language(settings: Settings) -> None:
    message = read(composed(settings))
    assert message["Message-ID"] == message_id(LETTER, "https://city.test")
    assert str(message["Message-ID"]).endswith("@city.test>")
    assert message["X-Letter-Id"] == str(LETTER)
    assert message["From"] == "City of Learning <no-reply@city.test>"
    assert message["To"] == "Aino <aino@example.org>"
    assert message["Subject"] == "Sait osaamismerkin Äänitaide – Nuorten radio"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW.replace(microsecond=0)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_the_message_id_belongs_to_the_letter_for_ever() -> None:
    assert message_id(LETTER, "https://city.test") == "<1dba41a6-f85c-50f7-8725-8d577771785c@city.test>"
    assert message_id(uuid4(), "https://city.test") != message_id(LETTER, "https://city.test")


@pytest.mark.parametrize("name", ["A\r\nBcc: x@example.org", '"; <x@example.org>', "Ünï ليلى", "x" * 900, ""])
def test_no_name_can_add_a_header_or_a_recipient(settings: Settings, name: str) -> None:
    message = read(composed(settings, name=name))
    assert [a.addr_spec for a in message["To"].addresses] == ["aino@example.org"]
    assert message["Bcc"] is None


def test_the_whole_letter_is_ascii_on_the_wire(settings: Settings) -> None:
    outgoing = composed(settings, name="Ünï ليلى")
    assert outgoing.content.isascii() and max(map(len, outgoing.content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("address", ["no address", "a@b@example.org", "a\r\nRCPT TO:<x@example.org>", ""])
def test_what_is_no_address_is_not_written_to(settings: Settings, address: str) -> None:
    with pytest.raises(BadAddress):
        composed(settings, address)


def test_a_domain_beyond_ascii_is_written_in_its_ascii_form(settings: Settings) -> None:
    outgoing = composed(settings, "Aino@Bücher.example")
    assert (outgoing.recipient, outgoing.wide) == ("Aino@xn--bcher-kva.example", False)


async def test_letters_go_one_after_another_over_one_connection(
    connection: Connection, mail: MailServer, settings: Settings
) -> None:
    for letter in (dotted(), composed(settings), composed(settings)):
        await connection.open()
        assert await deliver(connection, letter) == (Accepted(), True)
    assert len(mail.letters) == 3 and mail.connections == 1
    text = mail.letters[0].get_body(("plain",))
    assert text and text.get_content().replace("\r\n", "\n") == DOTS, "lines of dots arrive as they were"


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "final"), [("450 4.2.0 try later", False), ("550 5.1.1 nobody here", True)]
)
async def test_a_refusal_is_final_or_not_by_its_code_and_the_connection_goes_on(
    mail: MailServer, settings: Settings, stage: Stage, answer: str, final: bool, pipelining: bool
) -> None:
    mail.pipelining = pipelining
    connection = Connection(settings)
    await connection.open()
    mail.will(stage, answer)
    outcome, _ = await deliver(connection, composed(settings))
    assert outcome == Refused(answer, final)
    await connection.open()
    assert (await deliver(connection, composed(settings)))[0] == Accepted()
    assert len(mail.letters) == 1 and mail.connections == 1
    connection.close()


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
async def test_a_connection_lost_before_the_letter_was_handed_over_is_a_temporary_refusal(
    connection: Connection, mail: MailServer, settings: Settings, stage: Stage
) -> None:
    mail.will(stage, DROP)
    outcome, handed = await deliver(connection, composed(settings))
    assert isinstance(outcome, Refused) and not outcome.final and not handed
    await connection.open()
    assert (await deliver(connection, composed(settings)))[0] == Accepted()


async def test_a_connection_lost_after_the_letter_was_handed_over_leaves_it_unsure(
    connection: Connection, mail: MailServer, settings: Settings
) -> None:
    mail.will("DATA", DROP)
    outcome, handed = await deliver(connection, composed(settings))
    assert isinstance(outcome, Unsure) and handed and len(mail.letters) == 1


async def test_an_answer_that_does_not_come_in_time_leaves_it_unsure(
    mail: MailServer, settings: Settings
) -> None:
    connection = Connection(settings.model_copy(update={"smtp_timeout": 0.3}))
    await connection.open()
    mail.silence = asyncio.Event()
    outcome, _ = await deliver(connection, composed(settings))
    mail.silence.set()
    assert isinstance(outcome, Unsure)
    connection.close()


async def test_a_server_that_hung_up_meanwhile_is_connected_to_again(
    mail: MailServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "IDLE_SECONDS", 0)
    connection = Connection(settings)
    await connection.open()
    mail.hang_up()
    await connection.open()
    assert (await deliver(connection, composed(settings)))[0] == Accepted()
    assert mail.connections == 2
    connection.close()


async def test_a_mailbox_beyond_ascii_needs_a_server_that_takes_it(settings: Settings) -> None:
    for utf8 in (True, False):
        async with serving(MailServer(), utf8=utf8) as mail:
            url = {"smtp_url": f"smtp://127.0.0.1:{mail.port}"}
            connection = Connection(settings.model_copy(update=url))
            await connection.open()
            outcome, _ = await deliver(connection, composed(settings, "äiti@example.org"))
            connection.close()
            if utf8:
                assert outcome == Accepted() and mail.taken[0][0] == "äiti@example.org"
            else:
                assert isinstance(outcome, Refused) and outcome.final and mail.taken == []


async def test_letters_travel_encrypted_and_only_to_a_server_that_can_be_trusted(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate.make(tmp_path)
    async with serving(MailServer(), tls=context) as mail:
        url = {"smtp_url": f"smtp+starttls://127.0.0.1:{mail.port}"}
        connection = Connection(settings.model_copy(update=url))
        with pytest.raises((SMTPException, OSError)):
            await connection.open()
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        await connection.open()
        assert (await deliver(connection, composed(settings)))[0] == Accepted()
        connection.close()
    assert len(mail.letters) == 1


async def test_no_server_is_said_by_an_exception_and_no_letter_is_at_stake(settings: Settings) -> None:
    with pytest.raises((SMTPException, OSError)):
        await Connection(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})).open()


class Scripted(asyncio.Protocol):
    """A server that has its answers ready, whatever it is asked: the third answer to DATA is for nobody."""

    def __init__(self, heard: bytearray) -> None:
        self._heard = heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._out = cast(asyncio.WriteTransport, transport)
        self._out.write(b"220 here\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer by what was asked, all in one piece."""
        self._heard += data
        answers = {
            b"EHLO": b"250-me\r\n250 PIPELINING\r\n",
            b"MAIL": b"250 fine\r\n550-5.1.1 nobody\r\n550 5.1.1 here\r\n354 go on\r\n",
            b".\r\n": b"554 to nobody\r\n",
        }
        self._out.write(answers.get(data[:4], answers.get(data[:3], b"250 fine\r\n")))


async def test_a_server_that_waits_for_a_letter_to_nobody_gets_an_empty_one(settings: Settings) -> None:
    heard = bytearray()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Scripted(heard), "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    connection = Connection(settings.model_copy(update={"smtp_url": url}))
    await connection.open()
    outcome, handed = await deliver(connection, composed(settings))
    assert outcome == Refused("550 5.1.1 nobody 5.1.1 here", final=True) and not handed
    assert heard.endswith(b"DATA\r\n.\r\nRSET\r\n") and connection.usable
    connection.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("said", [b"hello\r\n", b"2" * 70_000, b"250-x\r\n" * 1200])
async def test_what_is_no_mail_server_is_left(settings: Settings, said: bytes) -> None:
    wire = Wire()
    wire.data_received(said)
    with pytest.raises(OSError):
        await wire.reply(1)
    assert wire.lost
