"""Imports go one way (design.md, "Shape of the code"); packages beside each other meet in a model only."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "analyzer"

# package or module -> what it may import from inside `analyzer`, besides itself
BASE = {"models", "errors", "files", "handed_in"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "files": {"errors"},
    "handed_in": {"errors"},
    "models": set(),
    "text": BASE,
    "phrases": BASE | {"text"},
    "audio": BASE,
    "transcribe": BASE | {"text"},
    "match": BASE | {"text", "phrases"},
    "rules": BASE | {"text", "phrases"},
    "score": {"models"},
    "sides": {"models"},
    "statistics": {"models"},
    "days": set(),
    "adherence": {"days", "models", "statistics"},
    "remote": BASE,
    "intake": BASE | {"audio", "remote", "transcribe"},
    "second_look": BASE | {"match", "rules"},
    "pipeline": BASE
    | {"text", "phrases", "audio", "transcribe", "match", "rules", "second_look", "score", "sides"},
    "store": BASE,
    "batch": BASE | {"audio", "remote", "transcribe", "pipeline", "store"},
    "executors": BASE | {"audio", "batch", "pipeline", "remote", "store", "transcribe"},
    "bench": BASE | {"audio", "batch", "executors", "store", "transcribe"},
    "report": BASE | {"days", "statistics"},
    "masking": BASE | {"text"},
    "export": BASE | {"audio", "masking", "pipeline", "report", "store", "transcribe"},
    "review": BASE | {"adherence", "days", "evaluate", "report", "score", "statistics", "store"},
    "rescore": {"models"},
    "evaluate": BASE | {"report", "statistics"},
    "calibrate": BASE | {"phrases", "match", "rules", "score", "evaluate", "statistics"},
    "suggest": BASE | {"text", "phrases", "match", "rules", "evaluate", "calibrate"},
}
ONLY_IN: dict[str, str | tuple[str, ...]] = {
    "rapidfuzz": "analyzer/match",
    "av": "analyzer/audio",
    "soundfile": ("analyzer/audio", "analyzer/bench"),
    "faster_whisper": ("analyzer/audio", "analyzer/transcribe", "analyzer/cli/models.py"),
    "sqlalchemy": "analyzer/store",
    "alembic": "analyzer/store",
    "xlsxwriter": "analyzer/report/xlsx",
    "fsspec": "analyzer/remote",
    "ray": "analyzer/executors/ray",
    "typer": "analyzer/cli",
    "fastapi": "analyzer/review/web",
    "starlette": "analyzer/review/web",
    "uvicorn": "analyzer/cli/serving.py",
    "torch": (),
}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names if node.module == "analyzer")
    return names


def _part(dotted: str) -> str | None:
    pieces = dotted.split(".")
    return pieces[1] if pieces[0] == "analyzer" and len(pieces) > 1 else None


def test_every_part_of_the_package_has_its_rule():
    parts = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in _modules()}
    assert parts - {"cli", "__init__", "__main__"} == set(MAY_IMPORT)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path: Path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    used = {part for name in _imports(path) if (part := _part(name))}
    if own in {"cli", "__main__"}:
        return
    allowed = MAY_IMPORT.get(own, set()) | {own, "__version__"}
    assert used <= allowed, f"{path} imports {sorted(used - allowed)}"


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_stays_in_its_place(library: str):
    places = ONLY_IN[library]
    places = (places,) if isinstance(places, str) else places
    for path in _modules():
        name = path.relative_to(PACKAGE.parent).as_posix()
        if library in {dotted.split(".")[0] for dotted in _imports(path)}:
            assert name.startswith(places), f"{name} imports {library}"
