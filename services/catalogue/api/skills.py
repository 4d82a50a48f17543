"""Skills over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from contracts.envelope import Text
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from .. import storage
from ..domain.esco import NOTICE
from ..domain.skill import Skill, UnknownSkill
from .shapes import LanguageTag

router = APIRouter(prefix="/skills", tags=["skills"], route_class=Transactional)
Language = Annotated[LanguageTag, Query(description="of the labels; English where there is none in it")]


class SkillAnswer(BaseModel):
    """A skill, competence or piece of knowledge."""

    uri: str = Field(description="concept URI, by which everything else names the skill")
    label: str
    language: str = Field(description="of the label")
    unofficial: bool = Field(
        description="whether the label is a translation that is not the classification's own"
    )
    alternatives: list[str] = Field(description="other names")
    description: str | None
    kind: str = Field(description="skill/competence or knowledge")
    reuse_level: str | None = Field(description="transversal, cross-sector, sector- or occupation-specific")
    broader: list[str] = Field(description="URIs of broader concepts, where they were imported")


class Skills(BaseModel):
    """Skills, best match first."""

    items: list[SkillAnswer]
    notice: str = NOTICE


@router.get("", responses=responses())
async def search_skills(
    session: Session,
    text: Annotated[Text, Query(max_length=200, description="the beginning of a name, or some of its words")],
    language: Language = "en",
    limit: Annotated[int, Query(ge=1, le=100, description="at most so many")] = 20,
) -> Skills:
    """Find skills by what people type: the label first, then its beginning, a word's, other names, the alike.

    This service uses the ESCO classification of the European Commission.
    """
    found = await storage.skills.search(session, text, language, limit)
    return Skills(items=[_answer(one) for one in found])


@router.get("/by-uri", responses=responses(404))
async def read_skill(
    session: Session,
    uri: Annotated[Text, Query(min_length=1, max_length=300, description="concept URI")],
    language: Language = "en",
) -> SkillAnswer:
    """One skill. This service uses the ESCO classification of the European Commission."""
    found = await storage.skills.find(session, uri, language)
    if not found:
        raise UnknownSkill
    return _answer(found)


def _answer(skill: Skill) -> SkillAnswer:
    return SkillAnswer(
        uri=skill.uri,
        label=skill.label.text,
        language=skill.label.language,
        unofficial=skill.label.unofficial,
        alternatives=list(skill.alternatives),
        description=skill.description,
        kind=skill.kind,
        reuse_level=skill.reuse_level,
        broader=list(skill.broader),
    )
