"""Settings that are refused say why."""

import pytest
from pydantic import ValidationError

from services.catalogue.settings import CatalogueSettings

URL = "postgresql://nobody@localhost/none"


def test_operators_are_known_by_the_normal_form_of_their_addresses() -> None:
    settings = CatalogueSettings(database_url=URL, operator_addresses=" Op@Example.org , b@example.org,")
    assert settings.operators == {"op@example.org", "b@example.org"}
    assert CatalogueSettings(database_url=URL).operators == frozenset()


@pytest.mark.parametrize(
    "wrong",
    [
        {"operator_addresses": "nobody"},
        {"time_zone": "Helsinki"},
        {"access_minutes": 11},
        {"sign_in_tries": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CatalogueSettings.model_validate({"database_url": URL, **wrong})
