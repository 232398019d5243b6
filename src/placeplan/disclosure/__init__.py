"""Disclosure control: which counts of published tables are hidden, so that nobody can work out a small one."""
