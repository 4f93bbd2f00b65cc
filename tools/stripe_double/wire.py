"""How Stripe writes: form-encoded requests with nested keys, and its error objects."""

import re
import urllib.parse
from typing import Any

Params = dict[str, Any]


class ApiError(Exception):
    """What Stripe answers instead of an object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        param: str = "",
        code: str = "",
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "error": {"type": kind, "message": message}
            | ({"param": param} if param else {})
            | ({"code": code} if code else {})
        }


def parse_form(text: str) -> Params:
    """
    Read `a[b][0][c]=1` into nested dicts and lists. All values stay strings.

    Raises: ApiError if one key is used as a value and as an object.
    """
    root: Params = {}
    for key, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        names = re.findall(r"[^\[\]]+", key) or [key]
        if key.endswith("[]"):
            names.append(str(sum(1 for _ in _at(root, names))))
        place = root
        for name in names[:-1]:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise ApiError(f"Invalid parameter: {key}", param=key)
        place[names[-1]] = value
    listed: Params = _listed(root)
    return listed


def _at(root: Params, names: list[str]) -> Params:
    place: Any = root
    for name in names:
        place = place.get(name, {}) if isinstance(place, dict) else {}
    return place if isinstance(place, dict) else {}


def _listed(value: Any) -> Any:
    """Turn dicts whose keys are all numbers into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def text(params: Params, name: str, *, required: bool = False) -> str:
    value = params.get(name, "")
    if not isinstance(value, str):
        raise ApiError(f"Invalid string: {name}", param=name)
    if required and not value:
        raise ApiError(f"Missing required param: {name}.", param=name, code="parameter_missing")
    return value


def number(params: Params, name: str, *, default: int | None = None) -> int:
    value = params.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise ApiError(f"Invalid integer: {name}", param=name, code="parameter_invalid_integer")
    return int(value)


def words(params: Params, name: str) -> list[str]:
    value = params.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ApiError(f"Invalid array: {name}", param=name)
    return value


def mapping(params: Params, name: str) -> Params:
    value = params.get(name) or {}
    if not isinstance(value, dict):
        raise ApiError(f"Invalid object: {name}", param=name)
    return value
