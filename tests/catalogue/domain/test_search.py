"""Boxes around points, and which stemmer reads which language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.domain.search import Box, Point, box_around, configuration


@given(st.floats(-180, 180), st.floats(-89.9, 89.9), st.floats(0.1, 3000), st.floats(0, 360), st.floats(0, 1))
def test_the_box_holds_everything_within_the_distance(
    longitude: float, latitude: float, km: float, bearing: float, share: float
) -> None:
    from math import asin, atan2, cos, degrees, radians, sin

    box = box_around(Point(longitude, latitude), km)
    angle, turn, here = share * km * 0.999 / 6371.0088, radians(bearing), radians(latitude)
    there = asin(sin(here) * cos(angle) + cos(here) * sin(angle) * cos(turn))
    east = atan2(sin(turn) * sin(angle) * cos(here), cos(angle) - sin(here) * sin(there))
    found = (longitude + degrees(east) + 540) % 360 - 180
    assert box.south - 1e-6 <= degrees(there) <= box.north + 1e-6
    if box.west <= box.east:
        assert box.west - 1e-6 <= found <= box.east + 1e-6 or abs(abs(found) - 180) < 1e-6
    else:
        assert found >= box.west - 1e-6 or found <= box.east + 1e-6


def test_near_a_pole_the_box_goes_all_the_way_round() -> None:
    box = box_around(Point(10, 89.9), 100)
    assert box == Box(-180, box.south, 180, 90)
    assert box.south == pytest.approx(89.0, abs=0.01)


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "en"), ("pt-BR", "pt"), ("nb", "no"), ("FI", "fi"), ("et", "simple"), ("zh-Hant", "simple")],
)
def test_each_language_has_its_stemmer_or_none(language: str, name: str) -> None:
    assert configuration(language) == f"words_{name}"
