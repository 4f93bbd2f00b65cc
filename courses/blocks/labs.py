"""A lab inside a lesson: figures to turn, and what they come to."""

from dataclasses import asdict
from typing import Any

from wagtail import blocks

from courses.labs import complaint, defaults, kano
from courses.labs.shelf import LABS
from courses.labs.tables import tables_of


class LabBlock(blocks.StructBlock):
    """One of the labs of courses.labs.shelf; it starts with the same figures everywhere."""

    lab = blocks.ChoiceBlock(
        label="实验", choices=[(lab.slug, lab.title) for lab in LABS.values()], default="queue", search_index=False
    )

    class Meta:
        icon = "calculator"
        label = "实验"
        group = "练习"
        template = "courses/blocks/lab.html"
        description = "可以拨动数字的实验，附一张说同样内容的文字表"
        preview_value = {"lab": "nps"}

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        return super().get_context(value, parent_context=parent_context) | lab_context(value["lab"])


def lab_context(slug: str) -> dict[str, Any]:
    """Return what templates/courses/blocks/lab.html shows. Raises: KeyError for a lab that there is not."""
    return {
        "lab": LABS[slug],
        "script": f"js/labs/{slug}.js",
        "stage": f"courses/blocks/lab_{slug}.html",
        "tables": tables_of(slug),
        **_first_figures(slug),
    }


def _first_figures(slug: str) -> dict[str, Any]:
    """Return what a lab starts with; `story` goes to its script as JSON."""
    figures: dict[str, dict[str, Any]] = {
        "queue": {"start": defaults.QUEUE},
        "seats": {"start": defaults.CALLS},
        "gaps": {"start": defaults.HOURS, "dimensions": defaults.DIMENSIONS},
        "kano": {
            "answers": kano.ANSWERS,
            "counts": [(kind.lower(), name) for kind, name in kano.NAMES.items() if kind != kano.Kind.QUESTIONABLE],
            "crossing": [
                [kano.NAMES[kano.classify(present=row, absent=column)] for column in range(len(kano.ANSWERS))]
                for row in range(len(kano.ANSWERS))
            ],
            "story": [asdict(idea) for idea in defaults.IDEAS],
        },
        "blueprint": {"story": [_step(asdict(step)) for step in defaults.BLUEPRINT]},
        "rating": {"start": defaults.RATING},
        "complaint": {
            "story": {
                "first": complaint.FIRST,
                "scenes": {name: asdict(scene) for name, scene in complaint.SCENES.items()},
                "endings": complaint.ENDINGS,
            }
        },
        "nps": {"start": defaults.SURVEY},
        "parts": {"start": defaults.PARTS},
    }
    return figures[slug]


def _step(step: dict[str, Any]) -> dict[str, Any]:
    """Name a step's fields as the script does."""
    return {**step, "wait": step.pop("wait_minutes"), "isFailPoint": step.pop("is_fail_point")}
