"""OpenAPI made readable: what can be asked of a service, one section for each path and method."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Spec = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Input:
    """A parameter or a field of the body."""

    name: str
    where: str
    form: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class Operation:
    """One method of one path. `text` are the paragraphs that say what it does and who may."""

    method: str
    path: str
    text: tuple[str, ...]
    inputs: tuple[Input, ...]
    answers: tuple[tuple[str, str], ...]

    @property
    def anchor(self) -> str:
        """Names it within the page."""
        return "-".join([self.method.lower(), *self.path.translate(str.maketrans("/{}", "   ")).split()])


def operations(spec: Spec) -> dict[str, list[Operation]]:
    """All operations, by tag, as the service has them."""
    found: dict[str, list[Operation]] = {}
    for path, methods in spec["paths"].items():
        for method in METHODS:
            if method in methods:
                told = methods[method]
                found.setdefault((told.get("tags") or ["other"])[0], []).append(
                    _operation(spec, path, method)
                )
    return found


def _operation(spec: Spec, path: str, method: str) -> Operation:
    told = spec["paths"][path][method]
    text = str(told.get("description") or told.get("summary", ""))
    answers = ((status, _answer(status, answer)) for status, answer in told.get("responses", {}).items())
    return Operation(
        method.upper(),
        path,
        tuple(" ".join(part.split()) for part in text.split("\n\n")),
        (*_parameters(told), *_body(spec, told)),
        tuple(answers),
    )


def _answer(status: str, answer: Spec) -> str:
    given = str(answer.get("description", ""))
    known = HTTPStatus(int(status)).phrase if status.isdigit() else ""
    return known if given in ("", "Successful Response") else given


def _parameters(told: Spec) -> Iterator[Input]:
    for one in told.get("parameters", ()):
        schema = one.get("schema", {})
        meaning = one.get("description") or schema.get("description", "")
        yield Input(one["name"], one["in"], form(schema), one.get("required", False), meaning)


def _body(spec: Spec, told: Spec) -> Iterator[Input]:
    for content in told.get("requestBody", {}).get("content", {}).values():
        schema = resolved(spec, content.get("schema", {}))
        needed = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            yield Input(name, "body", form(field), name in needed, field.get("description", ""))


def resolved(spec: Spec, schema: Spec) -> Spec:
    """The schema that a reference leads to."""
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def form(schema: Spec) -> str:
    """What a value looks like, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(form(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {form(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("const") or schema.get("type", "any"))
