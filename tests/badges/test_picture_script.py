import pytest

from services.badges.picture_script import visual_order


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("Podcast (2026)", "Podcast (2026)"),
        ("שלום", "םולש"),
        ("סדנה (חדש)", "(שדח) הנדס"),
        ("כיתה 12", "12 התיכ"),
        ("Helsinki שלום", "Helsinki םולש"),
        ("שלום Helsinki 7", "Helsinki 7 םולש"),
        ("שלום 7 Helsinki", "Helsinki 7 םולש"),
        ("Kurs שלום עולם 7", "Kurs 7 םלוע םולש"),
        ("7 שלום", "םולש 7"),
        ("שלום!", "!םולש"),
        ("Kurs שלום!", "Kurs םולש!"),
    ],
)
def test_a_line_is_ordered_as_it_is_read(written: str, drawn: str) -> None:
    assert visual_order(written) == drawn


@pytest.mark.parametrize(
    ("letters", "forms"),
    [
        ("ب", "\ufe8f"),
        ("ببب", "\ufe91\ufe92\ufe90"),
        ("دب", "\ufea9\ufe8f"),
        ("بد", "\ufe91\ufeaa"),
        ("لا", "\ufefb"),
        ("بلا", "\ufe91\ufefc"),
        ("بـ", "\ufe91\u0640"),
        ("بَب", "\ufe91\ufe90"),
        ("پی", "\ufb58\ufbfd"),
    ],
)
def test_arabic_letters_take_the_form_their_neighbours_ask_for(letters: str, forms: str) -> None:
    assert visual_order(letters) == forms[::-1]
