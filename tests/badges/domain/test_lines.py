"""Lists of people, however they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.badges.domain.lines import Line, read_lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("anna@example.org", Line("anna@example.org")),
        ("  anna@example.org  ", Line("anna@example.org")),
        ("Anna Niemi <anna@example.org>", Line("anna@example.org", "Anna Niemi")),
        ('"Niemi, Anna" <anna@example.org>', Line("anna@example.org", "Niemi, Anna")),
        ("<anna@example.org>", Line("anna@example.org")),
        ("anna@example.org,Anna Niemi,fi", Line("anna@example.org", "Anna Niemi", "fi")),
        ("Anna;Niemi;anna@example.org", Line("anna@example.org", "Anna Niemi")),
        ("Žygimantė\tanna@example.org\tlt", Line("anna@example.org", "Žygimantė", "lt")),
        ("e-mail,name,language", Line("e-mail,name,language", "e-mail name language")),
        ("nobody", Line("nobody")),
    ],
)
def test_a_line_is_read_as_it_was_meant(text: str, line: Line) -> None:
    assert read_lines(text) == [line]


def test_empty_lines_are_not_people() -> None:
    assert [line.address for line in read_lines("\n a@x.org \r\n\r\n\t\nb@x.org\n")] == ["a@x.org", "b@x.org"]


@given(st.text())
def test_any_text_is_as_many_people_as_it_has_lines(text: str) -> None:
    assert len(read_lines(text)) == len([line for line in text.splitlines() if line.strip()])
