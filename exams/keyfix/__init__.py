"""
答案更正: from a wrong key to every result that it touched, by two people and a job.

Only this package writes KeyFix rows.

Source: docs/rules/key-fix.md.
"""
