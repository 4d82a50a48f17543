"""What deploy/otel promises: a dashboard that Grafana can read, alerts that Prometheus can."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

OTEL = Path(__file__).parents[2] / "deploy/otel"
DASHBOARD = json.loads((OTEL / "grafana/dashboards/city.json").read_text())
GROUPS = yaml.safe_load((OTEL / "alerts.yaml").read_text())["groups"]
ALERTS: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [each["expr"] for panel in PANELS for each in panel["targets"]] + [a["expr"] for a in ALERTS]
FUNCTIONS = {"sum", "max", "rate", "deriv", "histogram_quantile"}
WORDS = FUNCTIONS | {"by", "and"}
LABELS = {"le", "method", "route", "status", "state", "service", "consumer", "outcome"}
# Pieces of PromQL that are used here; whatever is not one of them is a slip.
TOKEN = re.compile(
    r'\s+|=~|>=|[()=,>]|"[^"]*"|\d+(?:\.\d+)?|\[(?:\$__rate_interval|\d+m)\]|[{}]|[a-z_]+(?:\d+)?'
)


def tokens(expression: str) -> list[str]:
    """The pieces of an expression. Raises AssertionError at what is none."""
    found, at = [], 0
    while at < len(expression):
        match = TOKEN.match(expression, at)
        assert match, f"{expression[at:]!r} in {expression!r}"
        found.append(match[0])
        at = match.end()
    return [token for token in found if token.strip()]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_is_promql(expression: str) -> None:
    found = tokens(expression)
    depth = 0
    for token in found:
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
        assert depth >= 0
    assert depth == 0
    for token, after in zip(found, [*found[1:], ""], strict=True):
        if token[0].isalpha() and token not in WORDS | LABELS:
            assert token.startswith(("col_", "http_")), token
        if token in FUNCTIONS:
            assert after in ("(", "by"), expression
    for window in re.findall(r"rate\(([^)]*)\)", expression):
        assert window.endswith("]"), "a rate is of a time"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_rates_are_of_what_only_grows_and_nothing_else(expression: str) -> None:
    for name in re.findall(r"(?<!\w)rate\((\w+)", expression):
        assert name.endswith(("_total", "_bucket", "_count")), name
    for name in re.findall(r"\b(?:col|http)_\w+", expression):
        grows = name.endswith(("_total", "_bucket", "_count"))
        assert grows == bool(re.search(rf"(?<!\w)rate\({name}", expression)), name


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)
    for rule in ALERTS:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+m", rule["for"])
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "remedy"}
    alerted = {rule["alert"] for rule in ALERTS}
    assert {"DeadLetters", "JournalNotSent", "ConsumerBehind", "LettersUnknown"} <= alerted


def test_the_dashboard_has_no_panel_twice_and_none_over_another() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells


def test_grafana_is_given_what_the_dashboard_asks() -> None:
    sources = yaml.safe_load((OTEL / "grafana/datasources/city.yaml").read_text())["datasources"]
    assert {panel["datasource"]["uid"] for panel in PANELS} <= {source["uid"] for source in sources}
    (provider,) = yaml.safe_load((OTEL / "grafana/dashboards/provider.yaml").read_text())["providers"]
    compose = yaml.safe_load((OTEL.parents[1] / "docker-compose.yml").read_text())["services"]
    mounted = [volume.split(":")[:2] for volume in compose["grafana"]["volumes"]]
    assert ["./deploy/otel/grafana", "/etc/grafana/provisioning"] in mounted
    assert provider["options"]["path"] == "/etc/grafana/provisioning/dashboards"


def test_prometheus_is_given_the_alerts() -> None:
    (file,) = yaml.safe_load((OTEL / "prometheus.yaml").read_text())["rule_files"]
    compose = yaml.safe_load((OTEL.parents[1] / "docker-compose.yml").read_text())["services"]
    assert f"./deploy/otel/alerts.yaml:{file}:ro" in compose["prometheus"]["volumes"]


def test_the_collector_sends_on_what_it_takes_in() -> None:
    told = yaml.safe_load((OTEL / "collector.yaml").read_text())
    pipelines = told["service"]["pipelines"]
    assert set(pipelines) == {"traces", "metrics"}
    for pipeline in pipelines.values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= set(told[part])
    used = {name for pipeline in pipelines.values() for name in pipeline["exporters"]}
    assert used == set(told["exporters"])
