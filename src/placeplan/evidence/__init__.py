"""Evidence: what the methods are worth on the authority's own history. It knows forecasts, but no file and no page."""
