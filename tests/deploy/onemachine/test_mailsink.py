"""The mail sink keeps every letter over a kill, counts what came twice, and shows hostile mail safely."""

import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.onemachine import child, mailsink
from deploy.onemachine.mailstore import MailStore, attachments, body, header, parse

EVIL = "<script>alert(1)</script>"


class Sink:
    """A running sink on its own ports; `restart` after `kill`."""

    def __init__(self, tmp: Path) -> None:
        self.smtp_port, self.web_port, self.tmp = child.free_port(), child.free_port(), tmp
        self.start()

    def start(self) -> None:
        env = os.environ | {
            "MAIL_SINK_SMTP": f"127.0.0.1:{self.smtp_port}",
            "MAIL_SINK_WEB": f"127.0.0.1:{self.web_port}",
            "MAIL_SINK_STORE": str(self.tmp / "mail" / "letters.sqlite"),
        }
        command = [sys.executable, "-m", "deploy.onemachine.mailsink"]
        self.process: subprocess.Popen[bytes] = child.spawn(command, self.tmp / "mail.log", env=env)
        child.wait_until(self.answers, 20, "the mail sink")
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{self.web_port}/mail")

    def answers(self) -> bool:
        return not child.port_is_free(self.web_port)

    def kill(self) -> None:
        self.web.close()
        self.process.kill()
        self.process.wait()

    def send(self, message: EmailMessage | bytes, to: str = "aino@example.org") -> None:
        raw = message if isinstance(message, bytes) else message.as_bytes()
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as client:
            client.sendmail("city@example.org", [to], raw, mail_options=["SMTPUTF8", "BODY=8BITMIME"])


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    running = Sink(tmp_path_factory.mktemp("mail"))
    yield running
    running.kill()


def letter(number: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Merkki sinulle – Äänikävely"
    message["Message-ID"] = f"<{number}@city.test>"
    message["X-Letter-Id"] = number
    for name, value in headers.items():
        message[name] = value
    message.set_content("Hei Aino")
    message.add_alternative(f"<p>Hei {EVIL}<a href='/claims'>here</a></p>", subtype="html")
    message.add_attachment(b"png", "image", "png", filename="<badge>.png")
    return message


def newest(sink: Sink) -> int:
    last: int = sink.web.get("/messages.json").json()["messages"][-1]["id"]
    return last


def test_a_letter_is_listed_with_its_ids(sink: Sink) -> None:
    start = sink.web.get("/messages.json").json()["next"]
    sink.send(letter("0198-a"), to="päivi@example.org")
    answer = sink.web.get(f"/messages.json?after={start}").json()
    (found,) = answer["messages"]
    assert found["message_id"] == "<0198-a@city.test>"
    assert found["letter_id"] == "0198-a"
    assert found["recipients"] == ["päivi@example.org"]
    assert found["subject"] == "Merkki sinulle – Äänikävely"
    assert sink.web.get(f"/messages.json?after={answer['next']}").json()["messages"] == []


def test_letters_that_come_twice_are_counted(sink: Sink) -> None:
    before = sink.web.get("/counts.json").json()
    for _ in range(3):
        sink.send(letter("0198-twice"))
    after = sink.web.get("/counts.json").json()
    assert after["messages"] - before["messages"] == 3
    assert after["duplicated_letter_ids"] - before["duplicated_letter_ids"] == 2
    assert after["duplicated_message_ids"] - before["duplicated_message_ids"] == 2


def test_letters_survive_a_kill(tmp_path: Path) -> None:
    running = Sink(tmp_path)
    running.send(letter("0198-kept"))
    running.kill()
    running.start()
    assert running.web.get("/counts.json").json()["messages"] == 1
    running.send(letter("0198-next"))
    assert newest(running) == 2
    running.kill()


def test_a_letters_html_cannot_run_scripts_or_reach_the_city(sink: Sink) -> None:
    sink.send(letter("0198-evil", Comments=EVIL))
    answer = sink.web.get(f"/messages/{newest(sink)}/html")
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


def test_everything_a_letter_says_is_escaped_on_our_own_pages(sink: Sink) -> None:
    hostile = letter("0198-page", Comments=EVIL)
    hostile.replace_header("Subject", EVIL)
    sink.send(hostile)
    page = sink.web.get(f"/messages/{newest(sink)}")
    listing = httpx.get(f"http://127.0.0.1:{sink.web_port}/mail")
    for answer in (page, listing):
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "&lt;badge&gt;.png" in page.text
    assert "Hei Aino" in page.text


def test_one_letter_as_json_has_its_text_html_and_headers(sink: Sink) -> None:
    sink.send(letter("0198-json"))
    found = sink.web.get(f"/messages/{newest(sink)}.json").json()
    assert found["text"].strip() == "Hei Aino"
    assert "<p>" in found["html"]
    assert found["headers"]["X-Letter-Id"] == "0198-json"


def test_an_unknown_letter_is_a_problem_document(sink: Sink) -> None:
    for path in ("/messages/999999", "/messages/999999.json", "/messages/999999/html"):
        answer = sink.web.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=99999999999999999999", "after=²"])
def test_an_odd_number_in_the_address_is_as_good_as_none(sink: Sink, query: str) -> None:
    assert sink.web.get(f"/messages.json?{query}").status_code == 200


BROKEN = [
    b"",
    b"\r\n\r\n",
    b"Subject: =?utf-8?q?=ff?=\r\n\r\nx",
    b"Subject: =?no-such?b?xx?=\r\nContent-Type: text/html; charset=no-such\r\n\r\n\xff\xfe",
    b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    b'Message-ID: <<<\r\nFrom: "\x00" <\r\n\r\nx',
    b"To: undisclosed:;,,,\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
]


@pytest.mark.parametrize("raw", BROKEN)
def test_a_broken_letter_is_kept_and_shown(sink: Sink, raw: bytes) -> None:
    sink.send(raw)
    number = newest(sink)
    for end in ("", ".json", "/html"):
        assert sink.web.get(f"/messages/{number}{end}").status_code == 200


@given(st.binary(max_size=300), st.sampled_from([b"Subject: ", b"Message-ID: ", b"Content-Type: ", b""]))
def test_no_bytes_make_a_letter_unreadable(noise: bytes, start: bytes) -> None:
    message = parse(start + noise)
    for name in ("Subject", "Message-ID", "Content-Type", "From"):
        assert header(message, name).isprintable()
    assert isinstance(attachments(message), list)
    assert isinstance(body(message, "plain") + body(message, "html"), str)


def test_pages_go_back_in_time(tmp_path: Path) -> None:
    store = MailStore(tmp_path / "letters.sqlite")
    for _ in range(5):
        store.add("city@example.org", ["aino@example.org"], b"Subject: x\r\n\r\ny")
    assert [one.id for one in store.before(4, 2)] == [3, 2]
    assert [one.id for one in store.after(3, 10)] == [4, 5]


def test_a_setting_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SINK_WEB", "everywhere")
    with pytest.raises(SystemExit, match="MAIL_SINK_WEB"):
        mailsink.address("MAIL_SINK_WEB", "127.0.0.1:8025")
