"""Options: what could be done about a shortage or a surplus, each set beside the same draws of demand."""
