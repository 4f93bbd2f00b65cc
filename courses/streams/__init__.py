"""Films cut into short pieces (HLS), made where ffmpeg is there. Source: docs/rules/syllabus.md, rules Y29-Y31."""

from courses.streams.jobs import drop_old, has_work, make_next

__all__ = ["drop_old", "has_work", "make_next"]
