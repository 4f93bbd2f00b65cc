"""The double without its sockets, as the transport of Stripe's SDK."""

import json
import urllib.parse

import stripe

from tools.stripe_double.actions import Actions
from tools.stripe_double.faults import Faults
from tools.stripe_double.routes import Routes
from tools.stripe_double.schema import NoContract
from tools.stripe_double.store import Store
from tools.stripe_double.wire import ApiError


class StripeInside(stripe.HTTPClient):
    name = "inside"

    def __init__(self) -> None:
        super().__init__()
        self.store, self.faults, self.mail = Store(NoContract()), Faults(), []
        self.actions = Actions(self.store, self.mail.append, "http://double", 0)
        self.routes = Routes(self.store, self.actions)

    def request(self, method, url, headers, post_data=None, **_more):
        parts = urllib.parse.urlsplit(url)
        if self.faults.take("error"):
            return self._answer(500, {"error": {"type": "api_error", "message": "500"}})
        if self.faults.take("limit"):
            return self._answer(429, {"error": {"type": "invalid_request_error", "code": "rate_limit"}})
        form = parts.query if method == "get" else post_data or ""
        try:
            key = headers.get("Idempotency-Key", "")
            status, body = self.routes.answer(method.upper(), parts.path, form, key)
        except ApiError as error:
            status, body = error.status, error.body
        if self.faults.take("lose_answer"):
            raise stripe.APIConnectionError("the line broke after the work was done")
        return self._answer(status, body)

    def _answer(self, status, body):
        return json.dumps(body), status, {"Request-Id": "req_inside"}

    def close(self):
        pass

    def sum(self, kind: str) -> int:
        return sum(thing["amount"] for thing in self.store.all(kind))
