"""What docker-compose.yml and the Dockerfile promise, as far as it can be seen without starting them."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import containers, keys, reference
from deploy.services import SERVICES

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
TEXT = (ROOT / "docker-compose.yml").read_text()
ONE_SHOT = {"keys", "bootstrap", "city"}
# Their images hold one program and nothing that could ask it how it is.
CANNOT_BE_ASKED = {"collector", "tempo"}
AS_ROOT = {"keys"}
# What is read by others than ours: uvicorn, and the images of PostgreSQL and Grafana.
FOREIGN = {"FORWARDED_ALLOW_IPS", "POSTGRES_PASSWORD_FILE"}
# Given as files, not as variables.
SECRETS = {
    "DATABASE_URL",
    "NATS_PASSWORD",
    "RECIPIENT_SECRET",
    "TOKEN_KEY",
    "KEY_ENCRYPTION_KEY",
    "WEBHOOK_SECRET",
    "NATS_ISSUER_KEY",
    "NATS_CALLOUT_KEY",
    "SMTP_PASSWORD",
    "FEEDBACK_SECRET",
}
NATS_KEYS = {"NATS_ISSUER_KEY", "NATS_CALLOUT_KEY"}
# Keys that compose 1.29 does not know.
TOO_NEW = {"include", "develop", "configs", "attach", "pull_policy", "provider", "models"}

Stanza = dict[str, Any]


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(TEXT)
    return loaded


def stanzas() -> dict[str, Stanza]:
    found: dict[str, Stanza] = compose()["services"]
    return found


def of_ours(stanza: Stanza) -> bool:
    return str(stanza["image"]).startswith("cities-of-learning/")


@pytest.fixture(params=sorted(yaml.safe_load(TEXT)["services"]))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stanza(name: str) -> Stanza:
    return stanzas()[name]


def test_a_whole_city_is_there() -> None:
    whole = {*SERVICES, "postgres", "nats", "caddy", "mail", "keys", "bootstrap"}
    assert whole == {name for name, stanza in stanzas().items() if "profiles" not in stanza}


def test_no_key_is_newer_than_compose_1_29(stanza: Stanza) -> None:
    assert not TOO_NEW & {*compose(), *stanza}
    assert "version" not in compose()


def test_every_container_is_locked_down(name: str, stanza: Stanza) -> None:
    assert stanza["read_only"] is True
    assert stanza["cap_drop"] == ["ALL"]
    assert stanza["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in stanza and "pids_limit" in stanza
    assert "privileged" not in stanza
    assert "docker.sock" not in json.dumps(stanza)
    if stanza.get("cap_add"):
        assert {"keys": ["CHOWN", "DAC_OVERRIDE"], "caddy": ["NET_BIND_SERVICE"]}[name] == stanza["cap_add"]


def test_nobody_is_root_but_who_hands_out_the_secrets_and_that_without_a_network(
    name: str, stanza: Stanza
) -> None:
    user = str(stanza.get("user", ""))
    if name in AS_ROOT:
        assert user == "0:0" and stanza["network_mode"] == "none"
    elif of_ours(stanza):
        assert not user, "the image says it"
    else:
        assert name in CANNOT_BE_ASKED | {"prometheus"} or not user.startswith("0"), "see its image"


def test_every_container_that_stays_is_asked_how_it_is(name: str, stanza: Stanza) -> None:
    if name in ONE_SHOT | CANNOT_BE_ASKED:
        return
    target = stanza.get("build", {}).get("target")
    assert "test" in stanza.get("healthcheck", {}) or target == "service", (
        "the image of a service has its own"
    )
    assert stanza["restart"] == "unless-stopped"


def test_only_caddy_publishes_ports_and_grafana_to_this_host_alone() -> None:
    ports = {name: stanza["ports"] for name, stanza in stanzas().items() if "ports" in stanza}
    assert set(ports) == {"caddy", "grafana"}
    assert all(port.startswith("127.0.0.1:") for port in ports["grafana"])
    assert all(":-127.0.0.1:" in port for port in ports["caddy"]), (
        "open to others only where somebody says so"
    )


def test_databases_and_events_have_no_way_out_and_caddy_no_way_in_but_nats_websocket() -> None:
    assert compose()["networks"]["data"]["internal"] is True
    assert compose()["networks"]["websocket"]["internal"] is True
    assert stanzas()["postgres"]["networks"] == ["data"]
    within = {name for name, stanza in stanzas().items() if "websocket" in stanza.get("networks", ())}
    assert within == {"nats", "caddy"}
    assert stanzas()["nats"]["networks"] == ["data", "websocket"]
    assert stanzas()["caddy"]["networks"] == ["front", "websocket"]
    assert stanzas()["caddy"]["environment"]["NATS_UPSTREAM"] == "nats:4223"


def test_everything_starts_once_what_it_needs_is_well() -> None:
    needs = {name: stanza.get("depends_on", {}) for name, stanza in stanzas().items()}
    done, healthy = {"condition": "service_completed_successfully"}, {"condition": "service_healthy"}
    assert needs["postgres"] == needs["nats"] == needs["mail"] == {"keys": done}
    assert needs["bootstrap"] == {"keys": done, "postgres": healthy, "nats": healthy}
    assert needs["caddy"] == {"bootstrap": done}, "a service can be left out by deleting its stanza alone"
    for name in SERVICES:
        assert needs[name] == {"bootstrap": done, "postgres": healthy, "nats": healthy}


def test_no_secret_is_in_the_file(name: str, stanza: Stanza) -> None:
    for variable, value in stanza.get("environment", {}).items():
        assert not re.search(
            "PASSWORD|SECRET|KEY|TOKEN", variable.removesuffix("_FILE")
        ) or variable.endswith(("_FILE", "_DIR")), f"{name} is given {variable} as a variable"
        assert not re.search(r"://[^/@:]*:[^/@]+@", str(value)), f"{variable} holds a password"
    assert "env_file" not in stanza, "it would hand every setting to everybody"


def test_each_container_sees_its_own_secrets_only(name: str, stanza: Stanza) -> None:
    mounted = [volume for volume in stanza.get("volumes", ()) if volume.startswith("./secrets")]
    if name in ONE_SHOT:
        assert mounted == ["./secrets:/city/secrets"]
    elif mounted:
        target = "/etc/nats/accounts" if name == "nats" else "/run/secrets"
        assert mounted == [f"./secrets/for/{name}:{target}:ro"]
    else:
        assert name in {"caddy", "mail", "collector", "prometheus", "tempo"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_of_a_service_can_be_given_and_nothing_else(service: str) -> None:
    fields = {name.upper() for name in reference.settings_of(service).model_fields}
    prefix = f"{service.upper()}_"
    given = {name.removeprefix(prefix) for name in stanzas()[service]["environment"]}
    assert given - {"SECRETS_DIR"} - FOREIGN <= fields
    assert fields - SECRETS - given == set(), "add them to its stanza in docker-compose.yml, without a value"


@pytest.mark.parametrize("service", SERVICES)
def test_secrets_that_a_service_needs_are_laid_out_for_it(service: str) -> None:
    fields = {name.upper() for name in reference.settings_of(service).model_fields}
    handed = {name.removeprefix(f"{service}_").upper() for name in keys.OF_SERVICE[service]}
    assert handed <= fields & SECRETS
    assert fields & {"TOKEN_KEY", "KEY_ENCRYPTION_KEY", "WEBHOOK_SECRET", *NATS_KEYS} <= handed


def test_every_variable_is_explained_in_the_example() -> None:
    explained = set(re.findall(r"^# ([A-Z_]+)=", reference.FILE.read_text(), re.M))
    asked = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    passed_on = {
        variable
        for stanza in stanzas().values()
        for variable, value in stanza.get("environment", {}).items()
        if value is None
    }
    assert asked | passed_on <= explained, "add them to DEPLOY in deploy/reference.py"


def test_the_example_s_defaults_are_those_of_the_file() -> None:
    told = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", reference.FILE.read_text(), re.M))
    for name in ("CITY", "PUBLIC_URL", "CITY_VERSION", "CITY_HTTP", "CITY_HTTPS", "GRAFANA_PORT"):
        found = set(re.findall(rf"\$\{{{name}:-([^}}]*)\}}", TEXT))
        assert found == {told[name]}, name


def test_caddy_is_told_where_everybody_is() -> None:
    told = stanzas()["caddy"]["environment"]
    caddyfile = (ROOT / "deploy/Caddyfile").read_text()
    assert set(re.findall(r"\{\$([A-Z_]+)", caddyfile)) == set(told)
    for service in SERVICES:
        assert told[f"{service.upper()}_UPSTREAM"] == f"{service}:8000"
        assert stanzas()["city"]["environment"][f"{service.upper()}_UPSTREAM"] == f"{service}:8000"


def test_files_that_are_mounted_are_there(stanza: Stanza) -> None:
    mounted = [volume.split(":")[0] for volume in stanza.get("volumes", ())]
    for path in (path for path in mounted if path.startswith("./deploy")):
        assert (ROOT / path).exists(), path
    for volume in (volume for volume in mounted if not volume.startswith(".")):
        assert volume in compose()["volumes"]


def test_every_volume_is_given_to_who_writes_to_it() -> None:
    prepared = {volume.split(":")[0] for volume in stanzas()["keys"]["volumes"]} - {"./secrets", "public"}
    written = {
        volume.split(":")[0]
        for stanza in stanzas().values()
        for volume in stanza.get("volumes", ())
        if volume.endswith(":nocopy")
    }
    assert prepared == written
    for name in ("postgres", "grafana"):
        assert stanzas()[name]["user"].startswith(str(containers.VENDORS[name]))
    for name in ("nats", "caddy"):
        assert stanzas()[name]["user"] == f"{containers.OURS}:{containers.OURS}"


def test_every_image_of_ours_is_built_from_its_own_lock() -> None:
    for name, stanza in stanzas().items():
        if of_ours(stanza):
            which = name if name in SERVICES else "city"
            assert stanza["image"] == f"cities-of-learning/{which}:${{CITY_VERSION:-local}}"
            assert stanza["build"]["args"] == {"SERVICE": which}
            assert stanza["build"]["target"] == ("service" if name in SERVICES else "city")
            assert (ROOT / f"requirements/{which}.lock").exists()


def test_the_images_run_as_a_user_without_rights() -> None:
    users = re.findall(r"^USER (.*)$", DOCKERFILE, re.M)
    assert users == [f"{containers.OURS}:{containers.OURS}"]
    after = DOCKERFILE.partition("\nUSER ")[2]
    assert "USER" not in after and "RUN" not in after


def test_libraries_are_the_locked_wheels_and_nothing_is_fetched_by_the_health_check() -> None:
    for promised in ("--require-hashes", "--no-deps", "--only-binary :all:", "compileall"):
        assert promised in DOCKERFILE
    assert not re.search(r"curl|wget|apt-get", DOCKERFILE)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)[0] == "python:3.11-slim-bookworm"


def test_a_service_ends_well_and_writes_no_addresses_down() -> None:
    command = json.loads(DOCKERFILE.replace("\\\n", "").rpartition("\nCMD ")[2])
    assert command[0] == "uvicorn", "no shell in between: signals arrive"
    assert {"--factory", "--no-access-log", "--timeout-graceful-shutdown"} <= set(command)
    patience = int(command[command.index("--timeout-graceful-shutdown") + 1])
    batch = 15  # seconds the consumer has for what is in hand
    assert all(stanza.get("init") for stanza in stanzas().values() if of_ours(stanza)), (
        "SIGTERM while starting"
    )
    for service in SERVICES:
        assert int(stanzas()[service]["stop_grace_period"].removesuffix("s")) > patience + batch


def test_only_what_an_image_needs_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert {line for line in lines if line.startswith("!")} == {
        "!contracts",
        "!services",
        "!docs/integrators",
        "!deploy",
        "!requirements/*.lock",
        "!CHANGELOG.md",
        "!LICENSE",
        "!NOTICE",
    }


def test_telemetry_leaves_no_service_out_and_finds_every_store() -> None:
    loaded = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "deploy/otel").rglob("*.yaml")}
    collector = loaded["collector"]
    assert all("OTLP_ENDPOINT" in stanzas()[name]["environment"] for name in SERVICES)
    telemetry = {name for name, stanza in stanzas().items() if stanza.get("profiles") == ["telemetry"]}
    urls = [source["url"] for source in loaded["city"]["datasources"]]
    urls += [exporter["endpoint"] for exporter in collector["exporters"].values()]
    assert {url.rpartition("//")[2].partition(":")[0] for url in urls} == {"prometheus", "tempo"} <= telemetry
    for pipeline in collector["service"]["pipelines"].values():
        assert set(pipeline["receivers"]) <= set(collector["receivers"])
        assert set(pipeline["exporters"]) <= set(collector["exporters"])


def test_secrets_and_settings_of_a_city_are_not_committed() -> None:
    assert {"/secrets/", "/.env"} <= set((ROOT / ".gitignore").read_text().splitlines())
