"""Content files as plain data: lessons, prose and drawings. Pure: knows no framework. Source: docs/content.md."""
