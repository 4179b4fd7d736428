"""From bytes to resources: JSON that can be trusted, the entries of a Bundle, and the references between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import orjson

from stepdown.errors import InputError

Json = dict[str, Any]

LARGEST = 64 * 1024 * 1024
BUNDLES = ("collection", "searchset", "document", "transaction", "batch")
_SPACE = b" \t\r\n"
_EXPECTED = "give a FHIR R4 Bundle as JSON"


class Resource(NamedTuple):
    """One resource of a Bundle.

    Attributes:
        type: its `resourceType`.
        id: its `id`, else the end of its `fullUrl`, else its place in the Bundle.
        url: its `fullUrl`, empty where there is none.
        data: its elements.
    """

    type: str
    id: str
    url: str
    data: Json

    @property
    def source(self) -> str:
        """Where a fact came from: `Observation/123`."""
        return f"{self.type}/{self.id}"


def parse(data: bytes, where: str) -> Json:
    """Read JSON whose keys are unique and whose root is an object.

    Raises:
        InputError: too large, not JSON (NaN is not), nested too deeply, a key given twice, or not an object.
    """
    if len(data) > LARGEST:
        raise InputError(f"is larger than {LARGEST >> 20} MB", where, "export one person, or fewer resources")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        content = orjson.loads(data)
        again = orjson.dumps(content)
    except orjson.JSONDecodeError as error:
        deep = any(word in error.msg.lower() for word in ("recursion", "depth"))
        what = "is nested too deeply" if deep else f"is not JSON: {error.msg} (line {error.lineno})"
        raise InputError(what, where, _EXPECTED) from None
    except TypeError:  # orjson writes fewer levels than it reads
        raise InputError("is nested too deeply", where, _EXPECTED) from None
    if not isinstance(content, dict):
        raise InputError("is JSON but no FHIR resource", where, _EXPECTED)
    check_keys(data, again, where)
    return content


def check_keys(data: bytes, again: bytes, where: str) -> None:
    """Refuse a key given twice: written again, the content then has fewer keys. Only a doubt is looked at closely.

    Raises:
        InputError: it is given twice.
    """
    doubtful = b"\\u0022" in data or _keys(data) != _keys(again)
    if doubtful:
        json.loads(data, object_pairs_hook=lambda pairs: _unique(pairs, where))


def _keys(data: bytes) -> int:
    return data.translate(None, _SPACE).count(b'":')


def _unique(pairs: list[tuple[str, Any]], where: str) -> Json:
    seen: Json = {}
    for key, value in pairs:
        if key in seen:
            raise InputError(f"gives the key {key!r} twice in one object", where, "keep one of them")
        seen[key] = value
    return seen


def entries(bundle: Json, where: str) -> list[Resource]:
    """The resources of a Bundle in their order.

    Raises:
        InputError: not a Bundle, a kind of Bundle that is not read, or entries of a shape that FHIR does not have.
    """
    kind = bundle.get("resourceType")
    if not isinstance(kind, str):
        raise InputError("is JSON but not FHIR: it has no resourceType", where, _EXPECTED)
    if kind != "Bundle":
        raise InputError(
            f"is a {kind:.40}, not a Bundle", where, "put the Patient and what belongs to them in a Bundle"
        )
    if bundle.get("type") not in BUNDLES:
        raise InputError(
            f"is a Bundle of type {bundle.get('type')!r:.40}", where, f"types that are read: {', '.join(BUNDLES)}"
        )
    listed = bundle.get("entry", [])
    if not isinstance(listed, list):
        raise InputError("has an entry that is no list", where, _EXPECTED)
    found = []
    for index, entry in enumerate(listed):
        if not isinstance(entry, dict):
            raise InputError(f"entry[{index}] is no object", where, _EXPECTED)
        resource = entry.get("resource")
        if resource is None or _is_removed(entry):
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise InputError(f"entry[{index}] holds no FHIR resource", where, "each resource names its resourceType")
        url = entry.get("fullUrl")
        found.append(_resource(resource, url if isinstance(url, str) else "", index))
    return found


def _is_removed(entry: Json) -> bool:
    """Whether an entry of a transaction does something else with its resource than to store it."""
    request = entry.get("request")
    return isinstance(request, dict) and request.get("method", "POST") not in ("POST", "PUT")


def _resource(data: Json, url: str, index: int) -> Resource:
    named = data.get("id")
    short = named if isinstance(named, str) and named else url.rstrip("/").rsplit("/", 1)[-1].removeprefix("urn:uuid:")
    return Resource(data["resourceType"], short or f"entry[{index}]", url, data)


def document_status(resources: list[Resource]) -> str:
    """The status of a document, which stands in its Composition; empty for any other Bundle."""
    return next((str(found.data.get("status", "")) for found in resources if found.type == "Composition"), "")


def has_more_pages(bundle: Json) -> bool:
    """Whether the Bundle is one page of a search and says that another follows."""
    links = bundle.get("link")
    return isinstance(links, list) and any(isinstance(link, dict) and link.get("relation") == "next" for link in links)


def written_on(bundle: Json, today: date) -> date:
    """The day on which a Bundle was put together; today where it does not say, or says a day to come."""
    stamp = bundle.get("timestamp")
    try:
        return min(date.fromisoformat(stamp[:10]), today) if isinstance(stamp, str) else today
    except ValueError:
        return today


def short_reference(reference: str) -> str:
    """The `Type/id` in a reference, whatever server and version it names; empty for one that is none."""
    plain = reference.split("/_history/", 1)[0]
    return "" if plain.startswith(("#", "urn:")) else "/".join(plain.rsplit("/", 2)[-2:])


class References:
    """Finds the resource that a reference means: by full url, by `Type/id`, or contained in the referring one.

    Args:
        resources: those of one Bundle, or of one person.
        shared: those of nobody that the export has beside them, by `Type/id`.
    """

    def __init__(self, resources: list[Resource], shared: Mapping[str, Resource] | None = None) -> None:
        self._shared = shared or {}
        self._urls = {resource.url: resource for resource in resources if resource.url}
        self._ids = {resource.source: resource for resource in resources}

    def find(self, reference: str, holder: Resource) -> Resource | None:
        """The resource meant, or None. A version (`/_history/2`) is not looked at."""
        plain = reference.split("/_history/", 1)[0]
        if plain.startswith("#"):
            return self._contained(plain[1:], holder)
        found = self._urls.get(plain)
        if found or plain.startswith("urn:"):
            return found
        short = short_reference(plain)
        known = self._ids.get(short)
        if known and "://" in plain and "://" in known.url:
            return None  # the same id on another server
        return known or self._shared.get(short)

    def __contains__(self, short: str) -> bool:
        """Whether a resource of this type and id is there."""
        return short in self._ids

    @staticmethod
    def _contained(name: str, holder: Resource) -> Resource | None:
        parts = holder.data.get("contained")
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict) and part.get("id") == name and isinstance(part.get("resourceType"), str):
                return Resource(part["resourceType"], f"{holder.id}#{name}", "", part)
        return None
