"""Finding activities: words, places, times, filters, counts, pages, GeoJSON."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from .city import City

OODI = {"name": "Oodi", "latitude": 60.1739, "longitude": 24.9381}
SUOMENLINNA = {"name": "Suomenlinna", "latitude": 60.1454, "longitude": 24.9881}
TALLINN = {"name": "Kultuurikatel", "latitude": 59.4444, "longitude": 24.7508}


def in_days(days: float) -> str:
    """A moment from now."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def offer(city: City, organisation: UUID, title: str, **fields: Any) -> str:
    """Publish an activity that starts tomorrow unless `fields` say otherwise; answers its id."""
    fields = {"starts": in_days(1), "ends": in_days(1.1), "description": "Come along.", **fields}
    return str(await city.activity(organisation, title=title, **fields))


async def find(city: City, query: str = "") -> list[str]:
    """The titles that a search answers."""
    return [item["title"] for item in (await city.ask("GET", f"/activities?{query}"))["items"]]


async def test_drafts_and_what_is_over_or_cancelled_are_not_listed(city: City) -> None:
    organisation = await city.organisation()
    await city.activity(organisation, title="Draft", published=False)
    await offer(city, organisation, "Over", starts=in_days(-3), ends=in_days(-2))
    await offer(city, organisation, "Now", starts=in_days(-1), ends=in_days(1))
    await offer(city, organisation, "Always", starts=None, ends=None)
    called_off = await offer(city, organisation, "Called off")
    await city.ask("POST", f"/activities/{called_off}/cancel", operator=True)
    assert await find(city) == ["Now", "Always"]
    assert await find(city, f"from={in_days(-9)}") == ["Over", "Now", "Always"]
    assert await find(city, "always_open=true") == ["Always"]
    assert await find(city, "always_open=false") == ["Now"]


WORDS = [
    ("en", "Running a podcast", "run podcasts"),
    ("fi", "Podcastin äänittäminen kirjastossa", "kirjasto aanittaminen"),
    ("de", "Fahrräder reparieren", "fahrrad"),
    ("fr", "Ateliers d’écriture créative", "atelier ecriture"),
    ("es", "Canciones y guitarras", "cancion guitarra"),
    ("nl", "Fietsen repareren", "fiets"),
    ("lt", "Keramikos dirbtuvės", "dirbtuves"),
    ("sv", "Fågelskådning på ön", "fagelskadning"),
    ("pt-BR", "Oficinas de programação", "oficina programacao"),
    ("nb", "Kurs i båtbygging", "batbygging"),
    ("cy", "Gweithdy crochenwaith", "crochenwaith"),
]


async def test_words_are_found_stemmed_and_without_accents(city: City) -> None:
    organisation = await city.organisation()
    for language, title, _ in WORDS:
        await offer(city, organisation, title, language=language)
    assert {title: await find(city, f"text={asked}") for _, title, asked in WORDS} == {
        title: [title] for _, title, _ in WORDS
    }


async def test_titles_outrank_descriptions_and_the_last_word_may_be_unfinished(city: City) -> None:
    organisation = await city.organisation()
    await offer(city, organisation, "Evening walk", description="We talk about ceramics.")
    await offer(city, organisation, "Ceramics for all")
    assert await find(city, "text=ceramic") == ["Ceramics for all", "Evening walk"]
    assert await find(city, "text=evening cer") == ["Evening walk"]
    assert await find(city, "text=ceramics -walk") == ["Ceramics for all"]
    assert await find(city, "text=Youth Radio") == ["Evening walk", "Ceramics for all"]


async def test_an_organisation_that_is_renamed_is_found_by_its_new_name(city: City) -> None:
    organisation = await city.organisation(name="Old Workshop")
    await offer(city, organisation, "Evening walk")
    owner = {"roles": {organisation: ["owner"]}}
    await city.ask("PATCH", f"/organisations/{organisation}", {"name": "Kilnhouse"}, **owner)
    assert await find(city, "text=kilnhouse") == ["Evening walk"]
    assert await find(city, "text=workshop") == []


async def test_near_me_sorts_by_distance_and_tells_it(city: City) -> None:
    organisation = await city.organisation()
    await offer(city, organisation, "Far", place=TALLINN)
    await offer(city, organisation, "Online", mode="online", place=None)
    await offer(city, organisation, "Island", place=SUOMENLINNA)
    await offer(city, organisation, "Here", place=OODI)
    page = await city.ask("GET", "/activities?near=24.9381,60.1739")
    assert [item["title"] for item in page["items"]] == ["Here", "Island", "Far", "Online"]
    distances = [item["distance_km"] for item in page["items"]]
    assert distances[0] == 0
    assert distances[1] == pytest.approx(4.21, abs=0.01)
    assert distances[2] == pytest.approx(81.8, abs=0.2)
    assert distances[3] is None
    assert await find(city, "near=24.9381,60.1739&within_km=5") == ["Here", "Island"]


async def test_a_box_holds_what_lies_in_it_even_across_the_antimeridian(city: City) -> None:
    organisation = await city.organisation()
    fiji = {"name": "Taveuni", "latitude": -16.8, "longitude": -179.97}
    await offer(city, organisation, "Helsinki", place=OODI)
    await offer(city, organisation, "Fiji", place=fiji)
    assert await find(city, "bbox=24.9,60.1,25.0,60.2") == ["Helsinki"]
    assert await find(city, "bbox=177,-20,-178,-12") == ["Fiji"]
    assert await find(city, "near=179.99,-16.8&within_km=10") == ["Fiji"]
    assert await find(city, "near=0,90&within_km=3400") == ["Helsinki"]


async def test_times_bound_what_takes_place_and_a_day_ends_at_midnight_of_the_city(city: City) -> None:
    organisation = await city.organisation()
    await offer(
        city, organisation, "June", starts="2031-06-10T23:30:00+03:00", ends="2031-06-10T23:45:00+03:00"
    )
    assert await find(city, "from=2031-06-10&to=2031-06-10") == ["June"]
    assert await find(city, "from=2031-06-11") == []
    assert await find(city, "to=2031-06-09") == []
    assert await find(city, "from=2031-06-10T23:40:00+03:00&to=2031-06-10T23:41:00%2B03:00") == ["June"]


async def test_every_filter_narrows_and_counts_without_itself(city: City) -> None:
    organisation = await city.organisation()
    other = await city.organisation(name="Other House")
    await offer(
        city, organisation, "A", kind="course", languages=["fi", "sv"], interests=["music"], cost_cents=500
    )
    await offer(
        city, organisation, "B", kind="workshop", layer="lead", mode="both", languages=[], age_from=18
    )
    await offer(city, other, "C", kind="workshop", mode="online", place=None, interests=["music"])
    assert await find(city, "kind=course") == ["A"]
    assert await find(city, "kind=course&kind=workshop&interest=music") == ["A", "C"]
    assert await find(city, "mode=online") == ["B", "C"]
    assert await find(city, "language=sv") == ["A"]
    assert await find(city, "language=en&layer=lead") == ["B"]
    assert await find(city, "free=true") == ["B", "C"]
    assert await find(city, "age=12") == ["A", "C"]
    assert await find(city, f"organisation={other}") == ["C"]
    page = await city.ask("GET", "/activities?kind=workshop")
    counts = {name: {f["value"]: f["count"] for f in told} for name, told in page["facets"].items()}
    assert page["total"] == 2
    assert counts["kind"] == {"workshop": 2, "course": 1}
    assert counts["mode"] == {"online": 2, "in_person": 1, "both": 1}
    assert counts["interest"] == {"media": 1, "music": 1}
    assert counts["free"] == {"true": 2}
    labels = {f["value"]: f["label"] for f in page["facets"]["organisation"]}
    assert labels == {str(organisation): "Youth Radio", str(other): "Other House"}


@pytest.mark.parametrize("query", ["", "near=24.9,60.1", "text=walk"])
async def test_pages_neither_repeat_nor_skip_while_others_publish(city: City, query: str) -> None:
    organisation = await city.organisation()
    made = {await offer(city, organisation, f"Walk {n}", starts=in_days(2), ends=None) for n in range(7)}
    seen: list[str] = []
    cursor = ""
    for turn in range(9):
        page = await city.ask("GET", f"/activities?limit=2&{query}{cursor}")
        seen += [item["id"] for item in page["items"]]
        if turn == 1:
            await offer(city, organisation, "Walk late", starts=in_days(2), ends=None)
        if not page["next"]:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


async def test_a_cursor_belongs_to_its_search(city: City) -> None:
    organisation = await city.organisation()
    for n in range(3):
        await offer(city, organisation, f"Walk {n}")
    page = await city.ask("GET", "/activities?limit=2")
    for query in (
        f"limit=2&kind=course&cursor={page['next']}",
        "cursor=abc",
        "cursor=W10",
        "cursor=%F0%9F%8E%88",
    ):
        response = await city.say("GET", f"/activities?{query}")
        assert response.status_code == 422
        assert response.json()["errors"][0]["field"] == "query.cursor"


async def test_the_same_result_comes_as_geojson(city: City) -> None:
    organisation = await city.organisation()
    await offer(city, organisation, "Here", place=OODI)
    await offer(city, organisation, "Online", mode="online", place=None)
    plain = await city.ask("GET", "/activities?from=2031-01-01&to=2041-01-01&always_open=false")
    assert plain["items"] == []
    plain = await city.ask("GET", "/activities?limit=9")
    headers = {"Accept": "application/geo+json"}
    response = await city.client.get("/activities?limit=9", headers=headers)
    assert response.headers["content-type"] == "application/geo+json"
    told = response.json()
    assert told["type"] == "FeatureCollection"
    assert [f["properties"] for f in told["features"]] == plain["items"]
    assert {f["id"] for f in told["features"]} == {i["id"] for i in plain["items"]}
    geometries = {f["properties"]["title"]: f["geometry"] for f in told["features"]}
    assert geometries == {"Here": {"type": "Point", "coordinates": [24.9381, 60.1739]}, "Online": None}
    assert {k: told[k] for k in ("total", "next", "facets")} == {
        k: plain[k] for k in ("total", "next", "facets")
    }
    assert (await city.client.get("/activities?limit=9&format=geojson")).json() == told


async def test_a_suspended_organisation_is_out_of_sight(city: City) -> None:
    organisation = await city.organisation()
    await offer(city, organisation, "Here")
    await city.ask("POST", f"/organisations/{organisation}/suspend", {"reason": "checks"}, operator=True)
    assert await find(city) == []


NONSENSE = [
    ("bbox=1,2,3", "query.bbox"),
    ("bbox=1,95,3,96", "query.bbox"),
    ("bbox=nan,1,2,3", "query.bbox"),
    ("near=24.9", "query.near"),
    ("near=24.9,1e999", "query.near"),
    ("within_km=3", "query.near"),
    ("near=1,1&within_km=inf", "query.within_km"),
    ("from=soon", "query.from"),
    ("from=9999-12-31", "query.from"),
    ("to=2031-06-10T10:00:00", "query.to"),
    ("kind=party", "query.kind.0"),
    ("age=-1", "query.age"),
    ("limit=100000", "query.limit"),
    ("colour=red", "query.colour"),
    ("language=" + "x" * 50, "query.language.0"),
]


async def test_a_search_that_makes_no_sense_names_the_field(city: City) -> None:
    for query, field in NONSENSE:
        response = await city.say("GET", f"/activities?{query}")
        assert (query, response.status_code) == (query, 422)
        assert (query, response.json()["errors"][0]["field"]) == (query, field)
