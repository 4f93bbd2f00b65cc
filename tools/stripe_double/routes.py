"""Which request means which action, with idempotency as Stripe does it."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from tools.stripe_double import wire
from tools.stripe_double.actions import Actions
from tools.stripe_double.objects import Object
from tools.stripe_double.store import Store
from tools.stripe_double.wire import ApiError, Params

MAX_PAGE = 100


class Routes:
    """`answer` returns status and body for one authenticated API request; it runs under the store's lock."""

    def __init__(self, store: Store, actions: Actions) -> None:
        self.store = store
        sessions = "/v1/checkout/sessions"
        # Each action takes the identifiers of its path and then the parameters.
        table: list[tuple[str, str, Callable[..., Object]]] = [
            ("POST", sessions, actions.create_session),
            ("GET", sessions, partial(self.list, "checkout.session", ("payment_intent", "status"))),
            ("GET", f"{sessions}/{{session}}", partial(self.read, "checkout.session")),
            ("POST", f"{sessions}/{{session}}/expire", actions.expire_session),
            ("GET", "/v1/payment_intents", partial(self.list, "payment_intent", ())),
            ("GET", "/v1/payment_intents/{intent}", partial(self.read, "payment_intent")),
            ("GET", "/v1/charges/{charge}", partial(self.read, "charge")),
            ("POST", "/v1/refunds", actions.create_refund),
            ("GET", "/v1/refunds", partial(self.list, "refund", ("payment_intent", "charge"))),
            ("GET", "/v1/refunds/{refund}", partial(self.read, "refund")),
            ("GET", "/v1/disputes", partial(self.list, "dispute", ("payment_intent", "charge"))),
            ("GET", "/v1/disputes/{dispute}", partial(self.read, "dispute")),
            ("GET", "/v1/events", partial(self.list, "event", ("type",))),
            ("GET", "/v1/events/{id}", partial(self.read, "event")),
        ]
        self.table = [
            (method, path, re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", path)), action) for method, path, action in table
        ]

    def answer(self, method: str, path: str, form: str, key: str) -> tuple[int, Object]:
        for verb, template, pattern, action in self.table:
            found = pattern.fullmatch(path)
            if verb == method and found:
                return self._once(method, path, template, form, key, partial(action, *found.groups()))
        raise ApiError(f"Unrecognized request URL ({method}: {path}).", status=404)

    def _once(
        self, method: str, path: str, template: str, form: str, key: str, act: Callable[[Params], Object]
    ) -> tuple[int, Object]:
        """Act, unless this key has acted before: then say the same again, or complain if it asks for something else."""
        fingerprint = hashlib.sha256(f"{path}\n{form}".encode()).hexdigest()
        before = self.store.answers.get(key) if method == "POST" and key else None
        if before:
            if before["fingerprint"] != fingerprint:
                raise ApiError(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                    kind="idempotency_error",
                )
            return 200, before["body"]
        params = wire.parse_form(form)
        self.store.contract.check_request(method, template, params)
        body = self.store.shown(act(params), wire.words(params, "expand"))
        if method == "POST":
            if key:  # refusals are not remembered, nor does Stripe
                self.store.answers[key] = {"fingerprint": fingerprint, "body": json.loads(json.dumps(body))}
            self.store.save()
        return 200, body

    def read(self, kind: str, identifier: str, _params: Params) -> Object:
        return self.store.get(kind, identifier)

    def list(self, kind: str, filters: tuple[str, ...], params: Params) -> dict[str, Any]:
        """Answer one page, newest first; `created[gte]` and so on, `starting_after` and the named filters narrow it."""
        found = self.store.all(kind)
        for name in filters:
            if name in params:
                found = [thing for thing in found if thing.get(name) == params[name]]
        created = wire.mapping(params, "created")
        found = [thing for thing in found if _within(thing["created"], created)]
        after = wire.text(params, "starting_after")
        if after:
            identifiers = [thing["id"] for thing in found]
            if after not in identifiers:
                raise ApiError(f"No such {kind}: '{after}'", param="starting_after", code="resource_missing")
            found = found[identifiers.index(after) + 1 :]
        limit = wire.number(params, "limit", default=10)
        if not 1 <= limit <= MAX_PAGE:
            raise ApiError("limit must be between 1 and 100", param="limit")
        inner = [path.removeprefix("data.") for path in wire.words(params, "expand") if path.startswith("data.")]
        page = [self.store.shown(thing, inner) for thing in found[:limit]]
        return {"object": "list", "data": page, "has_more": len(found) > limit, "url": f"/v1/{kind}s"}


def _within(moment: int, bounds: Params) -> bool:
    tests = {
        "gt": moment.__gt__,
        "gte": moment.__ge__,
        "lt": moment.__lt__,
        "lte": moment.__le__,
    }
    return all(tests[name](wire.number(bounds, name)) for name in bounds if name in tests)
