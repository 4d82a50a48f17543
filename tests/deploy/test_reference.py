"""The example of all settings says what the code reads, and nothing else."""

import re
from pathlib import Path

import pytest

from deploy import reference
from deploy.services import SERVICES

DEPLOY = Path(reference.__file__).parent
REMEDY = "run `python -m deploy.reference` and commit deploy/city.env.example"
OTHERS = {"PATH", "PYTHONPATH", "PG", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "CITY", "PUBLIC_URL", "NATS_URL"}


def names_in_file() -> set[str]:
    return set(re.findall(r"^# ([A-Z_]+)=", reference.FILE.read_text(), re.M))


def test_the_file_is_what_the_code_says() -> None:
    assert reference.FILE.read_text() == reference.render(), REMEDY


@pytest.mark.parametrize("service", SERVICES)
def test_no_setting_of_a_service_is_missing_or_without_a_meaning(service: str) -> None:
    fields = reference.settings_of(service).model_fields
    assert {name.upper() for name in fields} <= names_in_file()
    assert [name for name, field in fields.items() if not field.description] == []


def test_no_variable_that_deploy_reads_is_missing() -> None:
    """As they are written in the code: os.environ["X"], os.environ.get("X"), SETTING = "X", {$X} of Caddy."""
    pattern = re.compile(
        r'environ(?:\.get\(|\[)"([A-Z_]+)|SETTING = "([A-Z_]+)"|\{\$([A-Z_]+)|envvar="([A-Z_]+)'
    )
    files = [*DEPLOY.rglob("*.py"), DEPLOY / "Caddyfile"]
    read = {name for path in files for found in pattern.findall(path.read_text()) for name in found if name}
    assert {"CITY_DIRECTORY", "CITY_CADDY", "CITY_WAIT"} <= read
    assert read - OTHERS <= names_in_file(), "add them to DEPLOY in deploy/reference.py"
