"""Imports go one way: a package imports only from packages on its left, never from one beside it."""

import ast
import functools
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "analyzer"

ORDER: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("files",),
    ("models",),
    ("locale",),
    ("language",),
    ("bank", "entities"),
    ("audio",),
    ("asr", "matching"),
    ("scoring",),
    ("pipeline",),
    ("store", "sources"),
    ("jobs",),
    ("analysis",),
    ("reports",),
    ("review",),
    ("web",),
    ("cli",),
)
LEVEL = {package: level for level, packages in enumerate(ORDER) for package in packages}
ONLY_IN: dict[str, str | tuple[str, ...]] = {
    "rapidfuzz": ("analyzer/matching", "analyzer/analysis/bank_check.py"),
    "av": "analyzer/audio",
    "soundfile": ("analyzer/audio", "analyzer/analysis/bench"),
    "faster_whisper": ("analyzer/audio", "analyzer/asr"),
    "ctranslate2": "analyzer/asr",
    "sqlalchemy": "analyzer/store",
    "alembic": "analyzer/store",
    "xlsxwriter": "analyzer/reports/xlsx",
    "fsspec": "analyzer/sources/remote",
    "ray": "analyzer/jobs/ray",
    "typer": "analyzer/cli",
    "fastapi": "analyzer/web",
    "starlette": "analyzer/web",
    "uvicorn": "analyzer/web",
    "torch": (),
}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@functools.cache
def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def _package(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_package_has_its_place():
    packages = {_package(path) for path in _modules()} - {"__init__", "__main__"}
    assert packages == set(LEVEL)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path: Path):
    own = _package(path)
    if own in {"__init__", "__main__"}:
        return
    used = {pieces[1] for name in _imports(path) if (pieces := name.split("."))[0] == "analyzer" and len(pieces) > 1}
    wrong = {package for package in used - {own, "__version__"} if LEVEL[package] >= LEVEL[own]}
    assert not wrong, f"{path} imports {sorted(wrong)}"


def test_no_two_modules_import_each_other():
    """No circles between files, those inside functions and for types included."""
    modules = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in _modules()}
    uses = {name: _imports(path) & set(modules) - {name} for name, path in modules.items()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"circle: {' -> '.join((*way[way.index(name) :], name))}"
        if name not in done:
            for other in sorted(uses[name]):
                visit(other, (*way, name))
            done.add(name)

    for name in sorted(modules):
        visit(name, ())


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_stays_in_its_place(library: str):
    places = ONLY_IN[library]
    places = (places,) if isinstance(places, str) else places
    for path in _modules():
        name = path.relative_to(PACKAGE.parent).as_posix()
        if library in {dotted.split(".")[0] for dotted in _imports(path)}:
            assert name.startswith(places), f"{name} imports {library}"
