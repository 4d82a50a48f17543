"""Letters the mail sink has taken in, in one SQLite file that survives a kill."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path
from typing import Any

TABLE = """
CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at TEXT NOT NULL, sender TEXT NOT NULL,
    recipients TEXT NOT NULL, message_id TEXT, letter_id TEXT, subject TEXT NOT NULL, raw BLOB NOT NULL)
"""
SUMMARY = "id, received_at, sender, recipients, message_id, letter_id, subject"
# What the standard library's parser raises on hostile letters.
HOSTILE = (ValueError, LookupError, AttributeError, TypeError, MessageError)
COUNTS = """
SELECT count(*), count(DISTINCT message_id), count(message_id), count(DISTINCT letter_id), count(letter_id)
FROM letter
"""


@dataclass(frozen=True)
class Letter:
    """One accepted message as the list shows it; `recipients` are those of the SMTP envelope."""

    id: int
    received_at: str
    sender: str
    recipients: list[str]
    message_id: str | None
    letter_id: str | None  # X-Letter-Id, by which the city names the letter
    subject: str


class MailStore:
    """The file. A message is in it before the sender is told that it was taken."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._open() as file:
            file.execute("PRAGMA journal_mode = WAL")
            file.execute(TABLE)

    def add(self, sender: str, recipients: list[str], raw: bytes) -> int:
        """Keep a message as it came; its number."""
        message = parse(raw)
        row = (
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            sender,
            json.dumps(recipients),
            header(message, "Message-ID") or None,
            header(message, "X-Letter-Id") or None,
            header(message, "Subject"),
            raw,
        )
        with self._open() as file:
            cursor = file.execute(
                "INSERT INTO letter (received_at, sender, recipients, message_id, letter_id, subject, raw)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid

    def after(self, number: int, limit: int) -> list[Letter]:
        """The letters that came after that number, oldest first."""
        return self._letters("WHERE id > ? ORDER BY id LIMIT ?", number, limit)

    def before(self, number: int, limit: int) -> list[Letter]:
        """The letters that came before that number, newest first."""
        return self._letters("WHERE id < ? ORDER BY id DESC LIMIT ?", number, limit)

    def one(self, number: int) -> tuple[Letter, EmailMessage] | None:
        """A letter and what it says; None when there is none of that number."""
        letters = self._letters("WHERE id = ? LIMIT ?", number, 1)
        with self._open() as file:
            row = file.execute("SELECT raw FROM letter WHERE id = ?", (number,)).fetchone()
        return (letters[0], parse(row[0])) if row else None

    def counts(self) -> dict[str, int]:
        """How many came, and how many of them were the same again, by Message-ID and by X-Letter-Id."""
        with self._open() as file:
            total, ids, with_id, letters, with_letter = file.execute(COUNTS).fetchone()
        return {
            "messages": total,
            "distinct_message_ids": ids,
            "duplicated_message_ids": with_id - ids,
            "distinct_letter_ids": letters,
            "duplicated_letter_ids": with_letter - letters,
        }

    def _letters(self, where: str, *values: int) -> list[Letter]:
        query = f"SELECT {SUMMARY} FROM letter {where}"  # noqa: S608 - both are constants of this file
        with self._open() as file:
            rows: list[tuple[Any, ...]] = file.execute(query, values).fetchall()
        return [Letter(*row) for row in ((*row[:3], json.loads(row[3]), *row[4:]) for row in rows)]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        file = sqlite3.connect(self._path, timeout=10)
        try:
            with file:
                yield file
        finally:
            file.close()


def parse(raw: bytes) -> EmailMessage:
    """The message, however odd it is."""
    return message_from_bytes(raw, policy=policy.default)


def header(message: EmailMessage, name: str) -> str:
    """A header as text, its control characters replaced; empty when it is missing or cannot be read."""
    try:
        text = str(message.get(name, ""))
    except HOSTILE:
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def body(message: EmailMessage, kind: str) -> str:
    """The `plain` or `html` text of a message; empty when it has none."""
    try:
        part = message.get_body((kind,))
        return str(part.get_content()) if part else ""
    except HOSTILE:
        return ""


def attachments(message: EmailMessage) -> list[str]:
    """The names of the attached files, or their media types where they have none."""
    try:
        return [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    except HOSTILE:
        return []
