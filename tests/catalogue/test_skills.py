"""Skills: the starter set, the import of ESCO, finding them by what people type."""

import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from services.catalogue.esco import NotEsco, import_files, load_starter
from services.catalogue.settings import CatalogueSettings
from services.catalogue.usecases.skills import Imported
from services.chassis.testing import CITY

from .city import City

ESCO = Path(__file__).parents[2].parent / "shared" / "data" / "esco"
ENGLISH = ESCO / "esco-v1.1.1-classification-en-csv.zip"
TEAMS = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"
HEADER = "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,status,description\n"


def table(*rows: str) -> str:
    """A table of skills as ESCO writes them; a row is `number,label,other names`."""
    lines = [HEADER]
    for row in rows:
        number, label, others = row.split(",")
        uri = f"http://data.europa.eu/esco/skill/{number}"
        names = others.replace("/", "\n")
        lines.append(
            f'KnowledgeSkillCompetence,{uri},skill/competence,transversal,{label},"{names}",released,About.\n'
        )
    return "".join(lines)


async def labels(city: City, query: str, language: str = "en") -> list[str]:
    """The labels that a search answers."""
    answer = await city.ask("GET", f"/skills?text={query}&language={language}")
    return [item["label"] for item in answer["items"]]


async def starter(city: City) -> Imported:
    """Load the starter set."""
    async with city.database.transaction() as session:
        return await load_starter(session)


async def test_the_starter_set_is_loaded_once(city: City) -> None:
    first = await starter(city)
    assert first.new_skills >= 60
    assert first.languages == ("de", "en", "es", "fi", "fr", "lt", "nl")
    again = await starter(city)
    assert (again.new_skills, again.new_labels, again.changed_labels) == (0, 0, 0)
    found = await city.ask("GET", f"/skills/by-uri?uri={TEAMS}&language=fi")
    assert (found["label"], found["unofficial"]) == ("työskennellä tiimeissä", True)
    assert "European Commission" in (await city.ask("GET", "/skills?text=team"))["notice"]


async def test_a_skill_without_a_label_in_the_language_is_answered_in_english(city: City) -> None:
    await starter(city)
    found = await city.ask("GET", f"/skills/by-uri?uri={TEAMS}&language=sv")
    assert (found["label"], found["language"]) == ("work in teams", "en")
    assert await labels(city, "work in teams", "sv") == ["work in teams"]


async def test_the_starter_set_never_overrides_what_was_imported(
    city: City, settings: CatalogueSettings, tmp_path: Path
) -> None:
    await starter(city)
    path = tmp_path / "skills_fi.csv"
    path.write_text(table("60c78287-22eb-4103-9c8c-28deaa460da0,toimia tiimissä,tiimityö"))
    told, _ = await import_files(settings.database_url, CITY, [path])
    assert (told.new_labels, told.changed_labels) == (0, 1)
    await starter(city)
    found = await city.ask("GET", f"/skills/by-uri?uri={TEAMS}&language=fi")
    assert (found["label"], found["unofficial"]) == ("toimia tiimissä", False)
    assert await labels(city, "tyoskennella tiimeissa", "fi") == []
    assert await labels(city, "tiimityo", "fi") == ["toimia tiimissä"]


async def test_languages_meet_by_uri_from_csv_and_zip(
    city: City, settings: CatalogueSettings, tmp_path: Path
) -> None:
    english, dutch = table("1,draw,sketch/doodle"), table("1,tekenen,schetsen")
    with ZipFile(tmp_path / "esco.zip", "w") as archive:
        archive.writestr("skills_en.csv", english)
        archive.writestr("occupations_en.csv", "conceptType,conceptUri,preferredLabel\n")
        archive.writestr(
            "broader.csv", f"conceptType,conceptUri,broaderType,broaderUri\nX,{uri(1)},X,{uri(9)}\n"
        )
    (tmp_path / "skills_nl.csv").write_text("\ufeff" + dutch, "utf-8")
    paths = [tmp_path / "skills_nl.csv", tmp_path / "esco.zip"]
    told, read = await import_files(settings.database_url, CITY, paths)
    assert (told.skills, told.new_skills, told.new_labels) == (1, 1, 2)
    assert read.passed_over == ["occupations_en.csv"]
    again, _ = await import_files(settings.database_url, CITY, paths[::-1])
    assert (again.new_skills, again.new_labels, again.changed_labels) == (0, 0, 0)
    found = await city.ask("GET", f"/skills/by-uri?uri={uri(1)}&language=nl")
    assert (found["label"], found["alternatives"], found["broader"]) == ("tekenen", ["schetsen"], [uri(9)])


def uri(number: int) -> str:
    """The URI of a made-up skill."""
    return f"http://data.europa.eu/esco/skill/{number}"


async def test_skills_are_ranked_label_beginning_word_other_name_alike(
    city: City, settings: CatalogueSettings, tmp_path: Path
) -> None:
    rows = [
        "1,film,cinema",
        "2,film editing,",
        "3,direct a film crew,",
        "4,motion pictures,film art",
        "5,firm,",
    ]
    path = tmp_path / "skills_en.csv"
    path.write_text(table(*rows))
    await import_files(settings.database_url, CITY, [path])
    assert await labels(city, "film") == ["film", "film editing", "direct a film crew", "motion pictures"]
    assert (await labels(city, "crew film"))[0] == "direct a film crew"
    assert (await labels(city, "flim editing"))[0] == "film editing"
    assert (await labels(city, "fi"))[:4] == ["film", "firm", "film editing", "motion pictures"]
    assert await labels(city, "%") == []
    assert await labels(city, "  ") == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("skills_en.csv", b"\x89PNG\r\n\x1a\n\x00\xff\xfe"),
        ("skills_en.csv", b"one,two\n1,2\n"),
        ("skills_en.csv", b""),
        ("skills.csv", HEADER.encode()),
        ("esco.zip", b"not a zip"),
        ("skills_en.csv", (HEADER + 'KnowledgeSkillCompetence,"unclosed').encode()),
    ],
)
async def test_what_is_no_esco_file_is_refused_and_nothing_written(
    city: City, settings: CatalogueSettings, tmp_path: Path, name: str, content: bytes
) -> None:
    good, bad = tmp_path / "good_en.csv", tmp_path / name
    good.write_text(table("1,draw,"))
    bad.write_bytes(content)
    with pytest.raises(NotEsco, match=r"esco\.ec\.europa\.eu|--language"):
        await import_files(settings.database_url, CITY, [bad])
    if b"one,two" not in content and content:
        with pytest.raises(NotEsco):
            await import_files(settings.database_url, CITY, [good, bad])
    async with city.database.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM skill"))).scalar() == 0


@pytest.mark.skipif(not ESCO.is_dir(), reason="the ESCO classification is not on this machine")
async def test_all_of_esco_is_imported_in_time_and_again_changes_nothing(
    city: City, settings: CatalogueSettings
) -> None:
    paths = [ENGLISH, ESCO / "esco-v1.1.1-relations-csv.zip", *sorted(ESCO.glob("*/*SkillsCollection_*.csv"))]
    started = time.monotonic()
    told, _ = await import_files(settings.database_url, CITY, paths)
    seconds = time.monotonic() - started
    assert told.skills == told.new_skills == 13_896
    assert told.languages == ("de", "en", "nl")
    assert seconds < 30
    again, _ = await import_files(settings.database_url, CITY, paths)
    assert (again.new_skills, again.new_labels, again.changed_labels) == (0, 0, 0)
    assert (await labels(city, "communication"))[0] == "communication"
    assert (await labels(city, "work in tea"))[0] == "work in teams"
    assert "Haskell" in await labels(city, "haskel", "nl")
    found = await city.ask("GET", f"/skills/by-uri?uri={TEAMS}&language=de")
    assert (found["language"], found["unofficial"]) == ("de", False)
    assert found["broader"]
