"""Marks: stored as whole hundredths of a point, typed by people as points."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db import models


class PointsFormField(forms.DecimalField):
    """A field where staff type points ("1.5") and that returns hundredths (150)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 7, "decimal_places": 2} | kwargs)

    def prepare_value(self, value: object) -> object:
        return f"{Decimal(value) / 100:.2f}" if isinstance(value, int) else value

    def clean(self, value: object) -> int | None:
        points = super().clean(value)
        return None if points is None else int(points * 100)

    def has_changed(self, initial: object, data: object) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class CentiField(models.PositiveIntegerField):  # type: ignore[type-arg]  # takes no parameter at run time
    """Hundredths of a point. `CentiField(min_points=…, max_points=…)` bounds what a form accepts, in points."""

    def __init__(self, *args: Any, min_points: int = 0, max_points: int = 1000, **kwargs: Any) -> None:
        self.min_points, self.max_points = min_points, max_points
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        options: dict[str, Any] = {
            "form_class": PointsFormField,
            "min_value": self.min_points,
            "max_value": self.max_points,
        }
        return models.Field.formfield(self, **options | kwargs)  # past the whole numbers of IntegerField

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.PositiveIntegerField", list(args), kwargs
