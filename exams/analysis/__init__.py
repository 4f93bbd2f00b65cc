"""
Item and paper analysis: what the marked attempts of an exam say about its questions. It changes no result.

Source: docs/rules/item-analysis.md.
"""
