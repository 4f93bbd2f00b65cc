"""Readiness for certification: self-assessment, the three-year cycle, papers, and what is still to be put right."""
