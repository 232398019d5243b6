"""placeplan: pupil-place planning for English councils."""

__version__ = "0.1.0"
