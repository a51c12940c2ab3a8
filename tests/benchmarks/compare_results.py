"""Whether two versions of the program give the same results: results.jsonl of two folders, call by call.

    python tests/benchmarks/compare_results.py BEFORE AFTER

Each argument is a results folder, or a folder of such folders (compared by name). What names the version is left out:
hashes of bank and model, versions of the engine. Prints every call that differs, and exits 1 when there is one.
"""

import json
import sys
from pathlib import Path
from typing import Any

VERSION_KEYS = ("sha256", "versions", "version")


def without_versions(value: Any) -> Any:
    """The same without keys that name versions and hashes, at any depth."""
    if isinstance(value, dict):
        return {
            key: without_versions(item)
            for key, item in value.items()
            if key not in VERSION_KEYS and not key.endswith("_sha256")
        }
    return [without_versions(item) for item in value] if isinstance(value, list) else value


def differences(before: Path, after: Path) -> list[str]:
    """One line for each call that is not the same, in the order of the first file."""
    calls = [_calls(folder / "results.jsonl") for folder in (before, after)]
    lines = []
    for name in dict.fromkeys([*calls[0], *calls[1]]):
        one, other = (own.get(name) for own in calls)
        if one is None or other is None:
            lines.append(f"{after.name}: {name} only {'before' if one else 'after'}")
        elif json.dumps(one) != json.dumps(other):  # the order of keys counts as well
            keys = [key for key in dict.fromkeys([*one, *other]) if one.get(key) != other.get(key)]
            lines.append(f"{after.name}: {name} differs in {', '.join(keys) or 'the order of keys'}")
    return lines


def _calls(file: Path) -> dict[str, Any]:
    if not file.is_file():
        sys.exit(f"{file}: no such file. Run `analyzer score ... --out {file.parent}` first.")
    rows = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    return {f"{row['recording']} {row['call_id']}": without_versions(row) for row in rows}


def main(before: Path, after: Path) -> int:
    """Print what differs; the exit status."""
    if (before / "results.jsonl").is_file():
        pairs = [(before, after)]
    else:
        pairs = [(file.parent, after / file.parent.name) for file in sorted(before.glob("*/results.jsonl"))]
    found = [line for one, other in pairs for line in differences(one, other)]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(pairs)} folders compared, {len(found)} calls differ")
    return 1 if found or not pairs else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
