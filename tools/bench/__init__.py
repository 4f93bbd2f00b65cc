"""
Benchmarks: production-like servers on PostgreSQL, driven by a second process. docs/decisions/0006-benchmarks.md

Run `make bench`, or with options: `tools/with_services.py .venv/bin/python -m tools.bench --quick`.
"""
