"""Habits that a machine can see: sizes, words for every public thing, who commits, how events are taken."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from services.chassis.settings import Settings

from .source import SERVICES, Source, calls, sources

CHASSIS_BUDGET = 1445  # about 1,300 lines of code; what is beyond is a service's, or not needed
LONGEST_FILE = 350
LONGEST_FUNCTION = 30
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

SILENCED = re.compile(r"#\s*((?:type: ignore|noqa)(?:\[[\w, -]+\]|:\s*[A-Z]+\d+)?)(.*)")

# Said once where they are first defined, and the same in every subclass.
SAID_ABOVE = {"about"}


def public(node: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """What a file or a class offers: its functions and classes that do not begin with an underscore."""
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, wherever it is defined."""
    yield from (
        node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_the_chassis_stays_small() -> None:
    counts = {s.name: s.code_lines for s in sources("services/chassis") if s.path.name != "testing.py"}
    assert sum(counts.values()) <= CHASSIS_BUDGET, counts


def test_no_file_is_long() -> None:
    long = {
        source.name: lines
        for source in sources("contracts", "services", "deploy", "tests", "bench")
        if (lines := source.text.count("\n")) > LONGEST_FILE
    }
    assert long == {}, "which concept is missing?"


def test_no_function_is_long() -> None:
    long = {
        f"{source.name}:{function.name}": lines
        for source in sources("contracts", "services", "deploy")
        for function in functions(source)
        if (lines := (function.end_lineno or 0) - function.body[0].lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_everything_public_says_what_it_is() -> None:
    silent = [
        f"{source.name}:{node.lineno} {node.name}"
        for source in sources("contracts", "services", "deploy")
        for node in public(source.tree)
        if not ast.get_docstring(node) and node.name not in SAID_ABOVE
    ]
    assert silent == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        source.name
        for source in sources("contracts", "services", "deploy")
        if source.text.strip() and not ast.get_docstring(source.tree)
    ]
    assert silent == []


@pytest.mark.parametrize("service", ["chassis", *SERVICES])
def test_every_setting_is_described(service: str) -> None:
    module = import_module(f"services.{service}.settings")
    classes = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, Settings)]
    assert classes
    for found in classes:
        silent = [name for name, info in found.model_fields.items() if not info.description]
        assert silent == [], f"{found.__name__}: say what they mean, with unit"


def test_the_edge_commits_and_nobody_else() -> None:
    for source in sources(*(f"services/{service}" for service in SERVICES)):
        assert not list(calls(source, "commit")), f"{source.name}: the edge commits"


def test_no_service_prints_or_sleeps_on_the_thread() -> None:
    for source in sources("services"):
        assert not list(calls(source, "print")), source.name
        assert "time.sleep(" not in source.text, source.name


def test_events_are_acknowledged_by_hand_and_taken_undecoded() -> None:
    """FastStream's own policies lose events, and one that cannot be decoded would fail its whole batch."""
    subscribers = [(s, call) for s in sources("services") for call in calls(s, "subscriber")]
    assert subscribers
    for source, call in subscribers:
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert given.get("ack_policy") == "AckPolicy.MANUAL", source.name
        assert "decoder" in given, source.name
        assert "batch=True" in given.get("pull_sub", ""), source.name
        assert "declare=False" in given.get("stream", ""), source.name


def test_what_is_silenced_says_why() -> None:
    """Beside the mark, or once in the file for all marks of the same rule."""
    for source in sources("contracts", "services", "deploy", "tests"):
        explained: set[str] = set()
        for rule, reason in SILENCED.findall(source.text):
            if len(reason.strip(" #()-")) >= 3:
                explained.add(rule)
            assert rule in explained, f"{source.name}: say why {rule} does not apply"
