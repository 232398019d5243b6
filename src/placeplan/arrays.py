"""The one array type of the core: numbers by area, year group, year and draw, their shape said where they are made."""

from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
