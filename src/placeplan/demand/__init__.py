"""Demand: pupils expected on roll, from births, rolls and movement. It never sees a file or a place."""
