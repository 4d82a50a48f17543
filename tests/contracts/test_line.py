"""Names and titles are of one line wherever they travel."""

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.envelope import Line

ONE_LINE: TypeAdapter[str] = TypeAdapter(Line)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Podcast maker", "Podcast maker"),
        (" Podcast\n maker\t", "Podcast maker"),
        ("a\r\n\r\nb", "a b"),
        ("two  spaces", "two  spaces"),
        ("a\u2028b", "a b"),
        ("Žaliųjų\u2003erdvių", "Žaliųjų\u2003erdvių"),
    ],
)
def test_a_break_in_a_name_becomes_a_space(given: str, kept: str) -> None:
    assert ONE_LINE.validate_python(given) == kept


@pytest.mark.parametrize("given", ["a\x00b", "a\x1bb", "a\x85b", "half \ud800"])
def test_a_control_character_in_a_name_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        ONE_LINE.validate_python(given)
