"""The demo city's data hold together, whenever the demo is made."""

import csv
import io
import json
import unicodedata
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from contracts import catalogue
from contracts.recipients import normal_address
from deploy.demo.attendance import COMPLETIONS
from deploy.demo.city import DATA, expected_pathway_completions, load_city
from deploy.demo.facts import Activity, DemoCity

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "services" / "catalogue" / "data" / "esco_starter.json"
OFFICIAL = ROOT.parent / "shared" / "data" / "esco" / "esco-v1.1.1-classification-en-csv.zip"
LANGUAGES = {"en", "nl", "de", "fr", "es", "fi", "lt"}

HELSINKI = ZoneInfo("Europe/Helsinki")
MOMENTS = [
    datetime(2026, 11, 24, 8, 5, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 0, tzinfo=HELSINKI),  # the first minute of a day and a year
    datetime(2027, 3, 28, 1, 0, tzinfo=UTC),  # Helsinki's clocks go forward
    datetime(2027, 10, 31, 0, 30, tzinfo=UTC),  # the hour that Helsinki has twice, the first time
    datetime(2027, 10, 31, 1, 30, tzinfo=UTC),  # and the second
    datetime(2028, 2, 29, 23, 59, tzinfo=HELSINKI),
]
NOW = MOMENTS[0]


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return load_city(NOW)


@pytest.fixture(scope="module")
def starter() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(STARTER.read_text("utf-8"))
    return document


def _running(city: DemoCity, now: datetime) -> list[Activity]:
    return [a for a in city.activities if a.starts and a.ends and a.starts <= now < a.ends]


def test_the_starter_set_has_every_label_and_owns_up_to_its_translations(starter: dict[str, Any]) -> None:
    skills = starter["skills"]
    assert len({skill["uri"] for skill in skills}) == len(skills) >= 60
    for skill in skills:
        assert set(skill["labels"]) == LANGUAGES, skill["uri"]
        assert {lang for lang, label in skill["labels"].items() if not label["unofficial"]} == {"en"}
        assert all(label["text"] == label["text"].strip() != "" for label in skill["labels"].values())


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_two_skills_share_a_label(starter: dict[str, Any], language: str) -> None:
    labels = Counter(skill["labels"][language]["text"] for skill in starter["skills"])
    assert not [label for label, times in labels.items() if times > 1]


def test_the_starter_set_agrees_with_esco_itself(starter: dict[str, Any]) -> None:
    if not OFFICIAL.exists():
        pytest.skip(f"{OFFICIAL} is not here")
    with zipfile.ZipFile(OFFICIAL) as archive:
        name = next(name for name in archive.namelist() if name.endswith("skills_en.csv"))
        rows = csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")))
        official = {row["conceptUri"]: row for row in rows}
    for skill in starter["skills"]:
        row = official[skill["uri"]]
        told = (skill["type"], skill["reuse_level"], skill["labels"]["en"]["text"])
        assert told == (row["skillType"], row["reuseLevel"], row["preferredLabel"].strip())


def test_the_licences_ask_for_notices_and_get_them(starter: dict[str, Any]) -> None:
    esco = "This service uses the ESCO classification of the European Commission."
    assert starter["notice"] == esco
    assert esco in (STARTER.parent / "NOTICE").read_text("utf-8")
    places = json.loads((DATA / "places.geojson").read_text("utf-8"))
    assert places["attribution"] == "© OpenStreetMap contributors"
    notice = (DATA / "NOTICE").read_text("utf-8")
    assert places["attribution"] in notice and places["licence_url"] in notice


def test_places_are_many_and_in_the_middle_of_helsinki(city: DemoCity) -> None:
    assert len(city.places) >= 60
    assert len({place.key for place in city.places}) == len({p.name for p in city.places}) == len(city.places)
    assert len({(p.latitude, p.longitude) for p in city.places}) == len(city.places)
    assert all(60.15 < p.latitude < 60.19 and 24.92 < p.longitude < 24.97 for p in city.places)
    assert {p.wheelchair for p in city.places} <= {"yes", "no", "limited", None}
    assert all(p.website.startswith(("http://", "https://")) for p in city.places if p.website)


def test_organisations_cannot_be_reached_and_can_be_read(city: DemoCity) -> None:
    assert len(city.organisations) == 12
    for organisation in city.organisations:
        assert organisation.website.endswith(".example")
        assert normal_address(organisation.contact).endswith("@example.org")
        assert _contrast_with_white(organisation.primary_colour) >= 4.5, organisation.key
    assert len({o.contact for o in city.organisations} | {o.key for o in city.organisations}) == 24


def test_activities_are_of_every_kind_mode_and_layer(city: DemoCity) -> None:
    assert len({a.key for a in city.activities}) == len(city.activities) >= 60
    assert {a.kind for a in city.activities} == set(get_args(catalogue.Kind))
    assert {a.mode for a in city.activities} == set(get_args(catalogue.Mode))
    assert {a.layer for a in city.activities} == set(get_args(catalogue.Layer))
    assert {a.organisation for a in city.activities} == {o.key for o in city.organisations}
    assert {a.language for a in city.activities} >= {"en", "fi", "sv", "nl"}
    assert len({a.place for a in city.activities}) > 30


def test_every_activity_is_one_that_could_be_published(city: DemoCity, starter: dict[str, Any]) -> None:
    uris = {skill["uri"] for skill in starter["skills"]}
    for activity in city.activities:
        assert activity.skills and set(activity.skills) <= uris, activity.key
        assert activity.interests and activity.title and activity.description, activity.key
        assert activity.language in activity.languages, activity.key
        assert (activity.place is None) == (activity.mode == "online"), activity.key
        assert (activity.join_url is None) == (activity.mode == "in_person"), activity.key
        assert activity.capacity is None or activity.capacity > 0
        assert activity.cost_cents >= 0
        assert 5 <= (activity.age_from or 5) < (activity.age_to or 99) <= 99, activity.key


def test_links_of_activities_lead_nowhere_real(city: DemoCity) -> None:
    links = [link for a in city.activities for link in (a.booking_url, a.join_url) if link]
    assert len(links) > 20
    assert all(link.startswith("https://") and link.split("/")[2].endswith(".example") for link in links)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_past_now_and_coming_hold_at_any_moment(now: datetime) -> None:
    city = load_city(now)
    for activity in city.activities:
        assert (activity.starts is None) == (activity.ends is None)
        assert not activity.starts or not activity.ends or activity.starts < activity.ends, activity.key
        assert all(session.starts < session.ends for session in activity.sessions)
        starts = [session.starts for session in activity.sessions]
        assert starts == sorted(set(starts))
    over = [a for a in city.activities if a.over(now)]
    coming = [a for a in city.activities if a.starts and a.starts > now]
    always = [a for a in city.activities if a.starts is None]
    assert (len(over), len(_running(city, now)), len(coming), len(always)) == (33, 4, 17, 6)
    assert all(a.starts - now < timedelta(weeks=4) for a in coming if a.starts)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_who_completed_what_does_not_depend_on_the_moment(city: DemoCity, now: datetime) -> None:
    def pairs(of: DemoCity) -> list[tuple[str, str]]:
        return [(completion.learner, completion.activity) for completion in of.completions]

    assert pairs(load_city(now)) == pairs(city)


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        load_city(datetime(2026, 11, 24, 8, 5))  # noqa: DTZ001 - the naive moment is the test


def test_learners_differ_in_name_and_in_the_normal_form_of_their_address(city: DemoCity) -> None:
    assert len(city.learners) == len({learner.name for learner in city.learners}) == 200
    addresses = {normal_address(learner.address) for learner in city.learners}
    addresses |= {normal_address(organisation.contact) for organisation in city.organisations}
    assert len(addresses) == 212
    assert all(address.endswith("@example.org") for address in addresses)
    assert any("+" in learner.address for learner in city.learners)
    assert any(learner.address != learner.address.lower() for learner in city.learners)


def test_learners_write_in_many_scripts_and_read_in_several_languages(city: DemoCity) -> None:
    letters = (next(c for c in learner.name if c.isalpha()) for learner in city.learners)
    scripts = {unicodedata.name(letter).split()[0] for letter in letters}
    assert scripts >= {
        "LATIN",
        "CYRILLIC",
        "GREEK",
        "ARABIC",
        "HEBREW",
        "CJK",
        "HANGUL",
        "DEVANAGARI",
        "THAI",
    }
    assert not [
        name for name in (p.name for p in city.learners) if not unicodedata.is_normalized("NFC", name)
    ]
    languages = Counter(learner.language for learner in city.learners)
    assert min(languages["en"], languages["fi"], languages["nl"]) >= 20
    assert min(languages["lt"], languages["ar"], languages["de"]) >= 3


def test_playlists_can_be_completed_with_activities_that_are_over(city: DemoCity) -> None:
    over = {activity.key for activity in city.activities if activity.over(NOW)}
    assert len({playlist.key for playlist in city.playlists}) == 3
    for playlist in city.playlists:
        assert {step.mandatory for step in playlist.steps} == {True, False}
        assert all(1 <= step.need <= len(set(step.of)) == len(step.of) for step in playlist.steps)
        assert {key for step in playlist.steps for key in step.of} <= over
        assert playlist.organisation in {organisation.key for organisation in city.organisations}


def test_each_playlist_is_completed_by_exactly_as_many_as_it_says(city: DemoCity) -> None:
    expected = expected_pathway_completions(city)
    assert expected == {playlist.key: playlist.finish for playlist in city.playlists}
    assert min(expected.values()) >= 25


def test_whoever_completes_a_playlist_has_started_it(city: DemoCity) -> None:
    started = {(enrolment.learner, enrolment.playlist) for enrolment in city.enrolments}
    assert len(started) == len(city.enrolments) == sum(p.finish + p.halfway for p in city.playlists)
    for playlist in city.playlists:
        for learner in city.learners:
            done = {c.activity for c in city.completions if c.learner == learner.address}
            assert not playlist.completed_by(done) or (learner.address, playlist.key) in started


def test_nobody_completes_an_activity_twice_or_before_it_is_over(city: DemoCity) -> None:
    activities = {activity.key: activity for activity in city.activities}
    assert len({(c.learner, c.activity) for c in city.completions}) == len(city.completions) == COMPLETIONS
    assert {c.learner for c in city.completions} == {learner.address for learner in city.learners}
    for completion in city.completions:
        activity = activities[completion.activity]
        assert activity.over(NOW) and completion.completed_on < NOW.date()
        dates = {session.starts.date() for session in activity.sessions}
        assert completion.session in dates if dates else completion.session is None


def test_no_activity_is_completed_by_more_than_it_has_room_for(city: DemoCity) -> None:
    room = {activity.key: activity.capacity for activity in city.activities}
    for (key, _), visitors in Counter((c.activity, c.session) for c in city.completions).items():
        assert visitors <= (room[key] or COMPLETIONS), key


def _contrast_with_white(colour: str) -> float:
    """WCAG 2.2 contrast ratio of `#RRGGBB` against white."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
