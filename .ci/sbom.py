"""Write the software bill of materials of what runs: CycloneDX JSON, out of requirements.lock and the licences of what is installed.

    python .ci/sbom.py FOLDER

The lock gives names, versions and hashes, the installed packages their licences and what each depends on. The same lock
gives the same bytes. Ends with status 1 when a locked package is not installed as locked, or says no licence.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK, PROJECT = ROOT / "requirements.lock", ROOT / "pyproject.toml"
Json = dict[str, Any]


def cyclonedx(*arguments: str) -> Json:
    """What cyclonedx-py says, as JSON."""
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", *arguments, "--pyproject", str(PROJECT), "--output-reproducible"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    told: Json = json.loads(done.stdout)
    return told


def plain(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def version() -> str:
    found = re.search(r'VERSION = "([^"]+)"', (ROOT / "service" / "web" / "version.py").read_text())
    assert found is not None  # noqa: S101
    return found[1]


def merged(locked: Json, installed: Json) -> Json:
    """The bill of the lock, with licences and dependencies. Raises SystemExit naming every package that has none."""
    known = {plain(one["name"]): one for one in installed["components"]}
    components = [_component(one, known.get(plain(one["name"]), {})) for one in locked["components"]]
    wrong = [one["name"] for one in components if not one["licenses"]]
    if wrong:
        raise SystemExit(f"Not installed as locked, or without a licence: {', '.join(wrong)}. Install requirements-dev.lock first.")
    root = {**locked["metadata"]["component"], "version": version()}
    return {
        **locked,
        "metadata": {**locked["metadata"], "component": root},
        "components": components,
        "dependencies": list(_dependencies(components, installed, root["bom-ref"])),
    }


def _component(locked: Json, installed: Json) -> Json:
    as_locked = installed.get("version") == locked["version"]
    licences = installed.get("licenses", []) if as_locked else []
    kept = {name: value for name, value in locked.items() if name != "description"}
    return {**kept, "bom-ref": locked["purl"], "licenses": licences, "description": installed.get("description", "")}


def _dependencies(components: list[Json], installed: Json, root: str) -> Any:
    refs = {plain(one["name"]): one["bom-ref"] for one in components}
    names = {one["bom-ref"]: plain(one["name"]) for one in installed["components"]}
    graph = {names.get(one["ref"], ""): [names.get(ref, "") for ref in one.get("dependsOn", ())] for one in installed["dependencies"]}
    yield {"ref": root, "dependsOn": sorted(refs.values())}
    for name, ref in sorted(refs.items()):
        yield {"ref": ref, "dependsOn": sorted(refs[below] for below in graph.get(name, ()) if below in refs)}


def main(folder: Path) -> Path:
    """Write the bill into `folder`."""
    bill = merged(cyclonedx("requirements", str(LOCK)), cyclonedx("environment", sys.executable))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"postfusion-{version()}.cdx.json"
    path.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n")
    return path


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))  # noqa: T201
