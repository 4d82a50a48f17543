from pathlib import Path

import pytest

from services.badges import vocabularies
from services.badges.vocabularies import PINNED, NotAsPinned, NotBundled, vocabulary


@pytest.mark.parametrize("url", PINNED)
def test_every_pinned_vocabulary_loads_with_the_hash_it_is_pinned_to(url: str) -> None:
    loaded = vocabulary(url)
    assert "@context" in loaded or loaded["$id"] == url


def test_nothing_is_fetched_for_an_address_that_is_not_shipped() -> None:
    with pytest.raises(NotBundled):
        vocabulary("https://www.w3.org/ns/credentials/v3")


def test_a_changed_vocabulary_stops_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    name, _ = PINNED[vocabularies.MULTIKEY_V1]
    monkeypatch.setattr(vocabularies, "PINNED", {"urn:changed": (name, "0" * 64)})
    with pytest.raises(NotAsPinned, match=name):
        vocabulary("urn:changed")


def test_every_shipped_vocabulary_is_pinned_and_named_in_the_notice() -> None:
    folder = Path(vocabularies.__file__).parent
    shipped = {file.name for file in folder.glob("*.json")}
    assert shipped == {name for name, _ in PINNED.values()}
    notice = (folder / "NOTICE").read_text()
    assert all(name in notice for name in shipped)
