"""Taking in skills from a classification."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from .. import storage
from ..domain.esco import Found, SkillRow
from ..domain.skill import folded

BATCH = 2000  # rows in one statement


@dataclass(frozen=True)
class Imported:
    """What an import did: skills and labels (one per language) that were new or changed, and those read."""

    skills: int
    labels: int
    languages: tuple[str, ...]
    new_skills: int
    new_labels: int
    changed_labels: int


async def take_in(session: AsyncSession, found: Found, *, only_new: bool = False) -> Imported:
    """Store skills and labels; what says the same already is left alone. `only_new`: so is all the rest."""
    rows = list(found.skills.values())
    by_uri = {row.uri: row for row in rows}
    new_skills = 0
    for batch in _batches([_skill(row, found) for row in by_uri.values()]):
        new_skills += await storage.skill_import.skills(session, batch, only_new=only_new)
    new, changed = 0, 0
    for chunk in _batches(rows):
        told = await storage.skill_import.labels(session, [_label(row) for row in chunk], only_new=only_new)
        new += sum(told.values())
        changed += len(told) - sum(told.values())
        terms = [term for row in chunk if (row.uri, row.language) in told for term in _terms(row)]
        await storage.skill_import.terms(session, list(told), terms)
    await storage.skill_import.analyze(session)
    languages = tuple(sorted({row.language for row in rows}))
    return Imported(len(by_uri), len(rows), languages, new_skills, new, changed)


def _batches(rows: list[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _skill(row: SkillRow, found: Found) -> dict[str, Any]:
    broader = sorted(found.broader.get(row.uri, ()))
    return {
        "uri": row.uri,
        "kind": row.kind,
        "reuse_level": row.reuse_level,
        "status": row.status,
        "broader": broader,
    }


def _label(row: SkillRow) -> dict[str, Any]:
    return {
        "uri": row.uri,
        "language": row.language,
        "label": row.label,
        "unofficial": row.unofficial,
        "alternatives": list(row.alternatives),
        "description": row.description,
    }


def _terms(row: SkillRow) -> Iterator[dict[str, Any]]:
    preferred = folded(row.label)
    others = {folded(name) for name in row.alternatives} - {preferred, ""}
    for term in (preferred, *sorted(others)):
        yield {"uri": row.uri, "language": row.language, "term": term, "preferred": term == preferred}
