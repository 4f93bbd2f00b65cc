"""What this Stripe knows: objects in memory, and in one JSON file if a restart shall not lose them."""

import copy
import json
import threading
from pathlib import Path
from typing import Any

from tools.stripe_double.objects import Object
from tools.stripe_double.schema import Contract, NoContract
from tools.stripe_double.wire import ApiError


class Store:
    """Everything under one lock. `put` is the only way in, so nothing that breaks the contract is ever kept."""

    def __init__(self, contract: Contract | NoContract, path: Path | None = None) -> None:
        self.contract = contract
        self.path = path
        self.lock = threading.RLock()
        self.objects: dict[str, Object] = {}  # oldest first
        self.answers: dict[str, dict[str, Any]] = {}  # idempotency key → fingerprint and answer
        self.delayed: dict[str, dict[str, Any]] = {}  # session → when the bank decides, and how
        self.deliveries: list[dict[str, Any]] = []  # webhooks still to be delivered
        self.intent_metadata: dict[str, dict[str, str]] = {}  # session → metadata for its payment intent
        if path and path.exists():
            for name, value in json.loads(path.read_text()).items():
                setattr(self, name, value)

    def put(self, thing: Object) -> Object:
        self.contract.check_object(thing)
        self.objects[thing["id"]] = thing
        return thing

    def get(self, kind: str, identifier: str) -> Object:
        """Return an object of one kind. Raises: ApiError 404, as Stripe answers."""
        thing = self.objects.get(identifier)
        if thing is None or thing["object"] != kind:
            raise ApiError(f"No such {kind}: '{identifier}'", status=404, param="id", code="resource_missing")
        return thing

    def all(self, kind: str) -> list[Object]:
        """Return all objects of one kind, newest first."""
        return [thing for thing in reversed(self.objects.values()) if thing["object"] == kind]

    def shown(self, thing: Object, expand: list[str]) -> Object:
        """Return a copy of an object with the named references replaced by the objects themselves."""
        seen = copy.deepcopy(thing)
        for path in expand:
            first, _, rest = path.partition(".")
            target = seen.get(first)
            if isinstance(target, str) and target in self.objects:
                seen[first] = self.shown(self.objects[target], [rest] if rest else [])
        return seen

    def save(self) -> None:
        if not self.path:
            return
        names = ("objects", "answers", "delayed", "deliveries", "intent_metadata")
        draft = self.path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({name: getattr(self, name) for name in names}, ensure_ascii=False))
        draft.replace(self.path)
