"""The project's own source, parsed once, for tests that hold its structure."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = sorted(
    folder.name
    for folder in (ROOT / "services").iterdir()
    if folder.name != "chassis" and any(folder.glob("*.py"))
)
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path

    @property
    def name(self) -> str:
        """The path from the project's root."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def role(self) -> str:
        """What part of its service the file is: `api`, `domain`, `storage` ..., whether file or folder."""
        return Path(self.name).with_suffix("").parts[2]

    @cached_property
    def text(self) -> str:
        """What it says."""
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """How Python reads it."""
        return ast.parse(self.text, self.name)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module it imports, anywhere in it, by full name: `services.badges.domain.award`."""
        return frozenset(name for node in ast.walk(self.tree) for name in self._imported(node))

    def _imported(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(self._package(node.level)) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)

    def _package(self, level: int) -> tuple[str, ...]:
        parts = Path(self.name).parent.parts
        return parts[: len(parts) - level + 1]

    @cached_property
    def code_lines(self) -> int:
        """Lines that are neither blank nor comment nor docstring."""
        lines: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type not in _NO_CODE:
                lines.update(range(token.start[0], token.end[0] + 1))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return len(lines)


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file below these folders; migrations, which are never changed, are left out."""
    return tuple(
        Source(path)
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts and "node_modules" not in path.parts
    )


def calls(source: Source, name: str) -> Iterator[ast.Call]:
    """Every call of a function or method of this name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            function = node.func
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if called == name:
                yield node
