"""Supply: places by school site, year group and year. It never sees a forecast."""
