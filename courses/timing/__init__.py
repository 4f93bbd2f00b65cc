"""How time becomes study time: pure rules of docs/rules/study-time.md."""
