"""Rows that the database itself keeps from being changed or deleted."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, Model

REFUSAL = "this table is append-only"
POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$
"""
POSTGRES_TRIGGER = (
    'CREATE TRIGGER "%(name)s" BEFORE UPDATE OR DELETE ON %(table)s '
    "FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history()"
)
SQLITE_TRIGGER = (
    f"CREATE TRIGGER \"%(name)s_%(verb)s\" BEFORE %(verb)s ON %(table)s BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
)


class AppendOnly(BaseConstraint):
    """
    Triggers that refuse UPDATE and DELETE, on PostgreSQL and on SQLite: not even a slip in a shell rewrites history.

    A constraint and not a hand-written migration, so that whoever makes the migrations anew cannot forget it.
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AppendOnly) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> None:  # type: ignore[override]  # Django: nothing goes inside CREATE TABLE, the triggers follow it
        schema_editor.deferred_sql += self._statements(model, schema_editor)

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Statement:  # type: ignore[override]  # the stubs say str; Django itself returns statements
        assert model is not None  # noqa: S101  # Django always hands both over
        assert schema_editor is not None  # noqa: S101
        *first, last = self._statements(model, schema_editor)
        for statement in first:
            schema_editor.execute(statement)
        return last

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Statement:  # type: ignore[override]  # as above
        assert model is not None  # noqa: S101
        assert schema_editor is not None  # noqa: S101
        table = Table(model._meta.db_table, schema_editor.quote_name)  # noqa: SLF001  # Django's public door to it
        return Statement('DROP TRIGGER "%(name)s" ON %(table)s', name=self.name, table=table)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Nothing about one row's values."""

    def _statements(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        table = Table(model._meta.db_table, schema_editor.quote_name)  # noqa: SLF001  # Django's public door to it
        if schema_editor.connection.vendor == "postgresql":
            return [
                Statement(POSTGRES_FUNCTION.replace("%", "%%")),
                Statement(POSTGRES_TRIGGER, name=self.name, table=table),
            ]
        return [Statement(SQLITE_TRIGGER, name=self.name, table=table, verb=verb) for verb in ("UPDATE", "DELETE")]
