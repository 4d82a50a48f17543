"""Reading ESCO's own tables: which have skills, and what their rows say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

NOTICE = "This service uses the ESCO classification of the European Commission."

_ALTERNATIVES = re.compile(r"\s*[\n|]\s*")
_URI = "http://data.europa.eu/esco/"


@dataclass(frozen=True)
class SkillRow:
    """A skill in one language, as a file has it."""

    uri: str
    language: str
    label: str
    kind: str
    reuse_level: str | None
    status: str
    alternatives: tuple[str, ...]
    description: str | None
    unofficial: bool = False


@dataclass
class Found:
    """What files held: skills, and the broader concepts of each."""

    skills: dict[tuple[str, str], SkillRow] = field(default_factory=dict)
    broader: dict[str, set[str]] = field(default_factory=dict)

    def take(self, row: SkillRow) -> None:
        """Keep the row; where a file repeats a skill, the one that says more of it."""
        had = self.skills.get((row.uri, row.language))
        if had is None or _fullness(row) > _fullness(had):
            self.skills[row.uri, row.language] = row


def _fullness(row: SkillRow) -> tuple[int, int, str]:
    return len(row.alternatives), len(row.description or ""), row.label


def is_skills(columns: Iterable[str]) -> bool:
    """Whether a table with these columns lists skills."""
    return {"conceptUri", "preferredLabel", "skillType"} <= set(columns)


def is_broader(columns: Iterable[str]) -> bool:
    """Whether a table with these columns says which concept is broader than which skill."""
    return {"conceptUri", "broaderUri"} <= set(columns)


def skill_rows(rows: Iterable[Mapping[str, str | None]], language: str) -> Iterator[SkillRow]:
    """The skills in a table of skills."""
    for row in rows:
        uri, label = (row.get("conceptUri") or "").strip(), (row.get("preferredLabel") or "").strip()
        if uri.startswith(_URI) and label and row.get("conceptType") == "KnowledgeSkillCompetence":
            yield SkillRow(
                uri=uri,
                language=language,
                label=label,
                kind=(row.get("skillType") or "skill/competence").strip(),
                reuse_level=(row.get("reuseLevel") or "").strip() or None,
                status=(row.get("status") or "released").strip(),
                alternatives=_alternatives(row.get("altLabels"), label),
                description=(row.get("description") or "").strip() or None,
            )


def broader_pairs(rows: Iterable[Mapping[str, str | None]]) -> Iterator[tuple[str, str]]:
    """(skill, broader concept) in a table of them, or in a table of skills that has the column."""
    for row in rows:
        for broader in (row.get("broaderUri") or row.get("broaderConceptUri") or "").split("|"):
            if broader.strip().startswith(_URI):
                yield (row.get("conceptUri") or "").strip(), broader.strip()


def language_of(file_name: str) -> str | None:
    """The language that ESCO writes at the end of a file's name: `skills_nl.csv`."""
    match = re.search(r"_([a-z]{2})\.csv$", file_name)
    return match[1] if match else None


def _alternatives(text: str | None, label: str) -> tuple[str, ...]:
    names = (name.strip() for name in _ALTERNATIVES.split(text or ""))
    return tuple(dict.fromkeys(name for name in names if name and name != label))
