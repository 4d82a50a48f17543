"""Storing thousands of skills at once: each statement takes a batch as one JSON document."""

from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# A classification may come in parts: a part that is silent about broader concepts takes none away.
_SKILLS = """
    INSERT INTO skill AS s (uri, kind, reuse_level, status, broader)
    SELECT uri, kind, reuse_level, status, ARRAY(SELECT jsonb_array_elements_text(broader))
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r(uri text, kind text, reuse_level text, status text, broader jsonb)
    ON CONFLICT (uri) DO {action} RETURNING xmax = 0
"""
_UPDATE_SKILL = """
    UPDATE SET kind = excluded.kind, reuse_level = excluded.reuse_level, status = excluded.status,
        broader = CASE WHEN excluded.broader = '{}' THEN s.broader ELSE excluded.broader END
    WHERE (s.kind, s.reuse_level, s.status)
            IS DISTINCT FROM (excluded.kind, excluded.reuse_level, excluded.status)
        OR (excluded.broader <> '{}' AND s.broader <> excluded.broader)"""

# The same for other names and descriptions.
_LABELS = """
    INSERT INTO skill_label AS s (uri, language, label, unofficial, alternatives, description)
    SELECT uri, language, label, unofficial,
        ARRAY(SELECT jsonb_array_elements_text(alternatives)), description
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        uri text, language text, label text, unofficial boolean, alternatives jsonb, description text)
    ON CONFLICT (uri, language) DO {action} RETURNING uri, language, xmax = 0
"""
_UPDATE_LABEL = """UPDATE SET label = excluded.label, unofficial = excluded.unofficial,
        alternatives = CASE WHEN excluded.alternatives = '{}' THEN s.alternatives
            ELSE excluded.alternatives END,
        description = coalesce(excluded.description, s.description)
    WHERE (s.label, s.unofficial) IS DISTINCT FROM (excluded.label, excluded.unofficial)
        OR (excluded.alternatives <> '{}' AND s.alternatives <> excluded.alternatives)
        OR s.description IS DISTINCT FROM coalesce(excluded.description, s.description)"""
_FORGET_TERMS = text("""
    DELETE FROM skill_term USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(uri text, language text)
    WHERE skill_term.uri = r.uri AND skill_term.language = r.language
""")
_TERMS = text("""
    INSERT INTO skill_term (uri, language, term, preferred)
    SELECT uri, language, term, preferred FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r(uri text, language text, term text, preferred boolean)
""")


async def skills(session: AsyncSession, rows: list[dict[str, Any]], *, only_new: bool) -> int:
    """Store skills; answers how many were new."""
    action = "NOTHING" if only_new else _UPDATE_SKILL
    return sum((await session.execute(_statement(_SKILLS, action), _json(rows))).scalars())


async def labels(
    session: AsyncSession, rows: list[dict[str, Any]], *, only_new: bool
) -> dict[tuple[str, str], bool]:
    """Store labels; answers {(uri, language): whether it was new} for those that changed."""
    action = "NOTHING" if only_new else _UPDATE_LABEL
    told = await session.execute(_statement(_LABELS, action), _json(rows))
    return {(uri, language): new for uri, language, new in told}


async def terms(session: AsyncSession, changed: list[tuple[str, str]], rows: list[dict[str, Any]]) -> None:
    """Let the skills whose labels changed be found by these terms, and no others."""
    keys = [{"uri": uri, "language": language} for uri, language in changed]
    if keys:
        await session.execute(_FORGET_TERMS, _json(keys))
        await session.execute(_TERMS, _json(rows))


async def analyze(session: AsyncSession) -> None:
    """Let the planner know of thousands of new rows at once, not when the autovacuum comes by."""
    await session.execute(text("ANALYZE skill, skill_label, skill_term"))


def _statement(template: str, action: str) -> Any:
    return text(template.replace("{action}", action))


def _json(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {"rows": orjson.dumps(rows).decode()}
