"""What a city can never change: its name, PUBLIC_URL and three secrets, noted at its first bootstrap.

Every DID, achievement and credential begins with PUBLIC_URL, every subject holds the city's name, every
recipient id depends on one secret, every sealed signing key on another, every webhook's signature on a third.
They are noted in the database of badges, in a schema of their own, so that they are part of its backup; of a
secret, only a hash.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256

import asyncpg

from .databases import connected

_TABLE = """
    CREATE SCHEMA IF NOT EXISTS bootstrap;
    CREATE TABLE IF NOT EXISTS bootstrap.fixed (
        name text PRIMARY KEY, value text NOT NULL, since timestamptz NOT NULL DEFAULT now())
"""
_NOTE = """
    INSERT INTO bootstrap.fixed (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = $2, since = now()
"""
Say = Callable[[str], None]


class Fixed(Exception):
    """Something that can no longer change is another than it was; the message says what and what helps."""


def mark(secret: str) -> str:
    """By which a secret is recognised without being known."""
    return "sha256:" + sha256(b"cities-of-learning mark " + secret.encode()).hexdigest()[:32]


def values(settings: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """What is noted of settings and secrets, by name."""
    return dict(settings) | {name: mark(value) for name, value in secrets.items()}


async def keep(badges_url: str, wanted: Mapping[str, str], say: Say) -> None:
    """Note `values`, or check that they are as noted. Raises Fixed.

    Until badges has published anything, another value is noted instead of refused.
    """
    async with connected(badges_url) as badges:
        await badges.execute(_TABLE)
        noted = await check(badges, wanted)
        for name in sorted(name for name, value in wanted.items() if noted.get(name) != value):
            await badges.execute(_NOTE, name, wanted[name])
            say(f"{name}: noted; it is fixed once a badge has been published")


async def check(badges: asyncpg.Connection, wanted: Mapping[str, str]) -> dict[str, str]:
    """What is noted, by name. Raises Fixed where something differs that can no longer change."""
    noted = {row["name"]: row["value"] for row in await badges.fetch("SELECT * FROM bootstrap.fixed")}
    changed = [name for name, value in sorted(wanted.items()) if noted.get(name, value) != value]
    if changed and await _has_published(badges):
        raise Fixed(_refusal({name: noted[name] for name in changed}, wanted))
    return noted


async def _has_published(badges: asyncpg.Connection) -> bool:
    """Whether anything has left badges: its journal keeps a row of everything that did."""
    if await badges.fetchval("SELECT to_regclass('public.journal')") is None:
        return False
    return bool(await badges.fetchval("SELECT EXISTS (SELECT FROM public.journal)"))


def _refusal(noted: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    told = [
        f"{name} is not the one that this city's badges were made with: restore it from the backup"
        if was.startswith("sha256:")
        else f"{name} was {was} when this city's badges were made and is now {wanted[name]}: set it to {was}"
        for name, was in noted.items()
    ]
    return "; ".join([*told, "to begin another city, use empty databases"])


async def renote(badges_url: str, name: str, secret: str) -> None:
    """Note another secret in the place of one that was replaced on purpose."""
    async with connected(badges_url) as badges:
        await badges.execute(_TABLE)
        await badges.execute(_NOTE, name, mark(secret.strip()))
