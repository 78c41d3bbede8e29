"""A release as an npm-style FHIR package: the same release gives the same bytes, whenever and wherever it is written."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterable
from typing import Any, Final

from service.interop.catalogue import Entry
from service.interop.parts import PUBLISHER, Resource, checked
from service.interop.shelf import Shelf

NAME: Final = "postfusion.rules"
CORE: Final = {"hl7.fhir.r4.core": "4.0.1"}
INDEXED: Final = ("resourceType", "id", "url", "version", "content")
# the time npm itself writes, 1985-10-26T08:15:00Z: tar warns of files from 1970
WHEN: Final = 499_162_500


def file_name(shelf: Shelf) -> str:
    """The usual name of the file."""
    return f"{NAME}-{shelf.version}.tgz"


def package(shelf: Shelf, release: Iterable[Entry]) -> bytes:
    """The gzipped tar file."""
    resources = {f"{one.kind}-{one.id}.json": checked(one.resource()) for one in release}
    files = {
        "package.json": manifest(shelf),
        ".index.json": {"index-version": 2, "files": [_indexed(name, resource) for name, resource in sorted(resources.items())]},
        **dict(sorted(resources.items())),
    }
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=packed, mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, content in files.items():
            _add(tar, f"package/{name}", as_text(content).encode())
    return packed.getvalue()


def as_text(body: Any) -> str:
    """A resource as a file, for people and for comparing."""
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def manifest(shelf: Shelf) -> dict[str, Any]:
    """package.json."""
    return {
        "name": NAME,
        "version": shelf.version,
        "type": "Conformance",
        "title": "Rules of postfusion",
        "description": f"Decision support for pain after lumbar fusion: rules, value sets and code systems. {shelf.intended_use}",
        "canonical": f"{shelf.canonical}/fhir",
        "author": PUBLISHER,
        "license": "Apache-2.0",
        "fhirVersions": list(CORE.values()),
        "dependencies": CORE,
    }


def _indexed(name: str, resource: Resource) -> dict[str, Any]:
    return {"filename": name, **{key: resource[key] for key in INDEXED if isinstance(resource.get(key), str)}}


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """A file without owner or time of its own."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(content), WHEN, 0o644
    tar.addfile(info, io.BytesIO(content))
