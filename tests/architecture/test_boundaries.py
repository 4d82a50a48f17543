"""The arrows: who may import whom. Every service in the tree is covered the day its folder appears."""

import re
import sys
from collections.abc import Iterator

import pytest

from .source import SERVICES, Source, sources

SERVICE = pytest.mark.parametrize("service", SERVICES)

# Inside a service: which of its own parts a part may use. Parts that are not named here are edges, adapters
# named by what they do, or the app that puts all together.
WITHIN = {
    "domain": {"domain"},
    "settings": {"settings", "domain"},
    "storage": {"storage", "domain"},
    "usecases": {"usecases", "storage", "domain", "settings"},
}
# And what from outside the service, beside the standard library.
OUTSIDE = {
    "domain": set[str](),
    "storage": {
        "sqlmodel",
        "sqlalchemy",
        "orjson",  # rows of one statement
        "contracts.envelope",  # ids
        "services.chassis.database",  # buffered rows, woken loops
    },
    "usecases": {"sqlalchemy.ext.asyncio", "contracts", "services.chassis"},
}
EDGES = {"api", "pages", "consumers", "views"}
# What speaks HTTP is for the edges, not for use cases.
HTTP_PARTS = {"app", "auth", "errors", "guard", "routing"}

# Domain words that the chassis may know, and why.
DOMAIN_WORDS = re.compile(
    r"badge|award|activit|achievement|learner|pathway|playlist|letter|skill|organisation|credential|enrol",
    re.IGNORECASE,
)
NO_DOMAIN_WORD = re.compile(r"dead[ _-]?letter|lower-case letters", re.IGNORECASE)
KNOWN_WORDS = {
    ("auth.py", "learner"): "access tokens say who is signed in",
    ("auth.py", "organisation"): "access tokens say where one has a role",
    ("testing.py", "learner"): "the tests' tokens do too",
    ("testing.py", "organisation"): "the tests' tokens do too",
    ("errors.py", "award"): "an example in a docstring",
    ("waiting.py", "achievement"): "an example in a docstring",
}


def is_within(module: str, allowed: set[str]) -> bool:
    """Whether the module is one of `allowed` or inside one."""
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def is_standard(module: str) -> bool:
    """Whether the module is Python's own."""
    return module.split(".")[0] in sys.stdlib_module_names


def own_parts(source: Source, service: str) -> Iterator[str]:
    """The parts of its own service that the file imports."""
    start = f"services.{service}."
    yield from (module.split(".")[2] for module in source.imports if module.startswith(start))


def foreign(source: Source, service: str) -> set[str]:
    """What the file imports that is neither Python's nor its own service's."""
    own = {f"services.{service}", "services"}
    return {
        module
        for module in source.imports
        if not is_standard(module) and module not in own and not module.startswith(f"services.{service}.")
    }


@SERVICE
def test_a_part_uses_only_parts_below_it(service: str) -> None:
    for source in sources(f"services/{service}"):
        allowed = WITHIN.get(source.role)
        for part in own_parts(source, service):
            assert allowed is None or part in allowed, f"{source.name} must not import {part}"


@SERVICE
def test_nothing_but_the_app_and_the_edges_uses_an_edge(service: str) -> None:
    for source in sources(f"services/{service}"):
        above = EDGES if source.role in EDGES | {"app"} else set[str]()
        for part in own_parts(source, service):
            assert part not in (EDGES | {"app"}) - above or part == source.role, f"{source.name} -> {part}"


@SERVICE
def test_inner_parts_know_little_of_the_world(service: str) -> None:
    for source in sources(f"services/{service}"):
        allowed = OUTSIDE.get(source.role)
        if allowed is not None:
            unknown = {module for module in foreign(source, service) if not is_within(module, allowed)}
            unknown -= {parent for module in allowed for parent in _parents(module)}
            assert not unknown, f"{source.name} must not import {unknown}"


@SERVICE
def test_use_cases_do_not_speak_http(service: str) -> None:
    http = {f"services.chassis.{part}" for part in HTTP_PARTS}
    for source in sources(f"services/{service}"):
        if source.role == "usecases":
            assert not [module for module in source.imports if is_within(module, http)], source.name


@SERVICE
def test_no_service_knows_another(service: str) -> None:
    others = {f"services.{other}" for other in SERVICES if other != service}
    for source in sources(f"services/{service}"):
        assert not [module for module in source.imports if is_within(module, others)], source.name


@SERVICE
def test_a_service_names_its_own_parts_relatively(service: str) -> None:
    """Then any absolute `services.` import but the chassis is wrong at a glance."""
    for source in sources(f"services/{service}"):
        assert not re.findall(rf"^\s*(?:from|import) services\.{service}\b.*", source.text, re.MULTILINE)


def test_nothing_imports_what_composes_the_services() -> None:
    for source in sources("contracts", "services"):
        assert not [module for module in source.imports if is_within(module, {"deploy"})], source.name


def test_contracts_need_pydantic_and_nothing_else() -> None:
    for source in sources("contracts"):
        found = {module for module in source.imports if not is_standard(module)}
        tool = (
            {"yaml"} if source.name == "contracts/generate.py" else set[str]()
        )  # never at run time, see below
        assert not {m for m in found if not is_within(m, {"contracts", "pydantic"} | tool)}, source.name


def test_the_generator_needs_its_tool_only_when_it_writes() -> None:
    (generate,) = (source for source in sources("contracts") if source.name == "contracts/generate.py")
    assert not re.search(r"^(import|from) yaml", generate.text, re.MULTILINE)
    for source in sources("contracts", "services"):
        if not source.name.startswith("contracts/generat"):
            assert not [m for m in source.imports if m.startswith("contracts.generat")], source.name


def test_the_chassis_knows_no_service() -> None:
    for source in sources("services/chassis"):
        services = {m for m in source.imports if m.startswith("services.")}
        assert not {m for m in services if not is_within(m, {"services.chassis"})}, source.name


def test_the_chassis_knows_no_domain_word() -> None:
    found = set()
    for source in sources("services/chassis"):
        words = DOMAIN_WORDS.findall(NO_DOMAIN_WORD.sub("", source.text))
        found |= {(source.path.name, word.lower()) for word in words}
    assert found - KNOWN_WORDS.keys() == set()
    assert KNOWN_WORDS.keys() - found == set(), "these are no longer needed"


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]
