"""The interface for companies' own systems under `/api/v1/`. Source: docs/rules/api.md."""
