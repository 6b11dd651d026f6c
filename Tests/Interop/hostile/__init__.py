"""Files that are made to do harm. One more is one more function in the file here that it belongs to."""

from hostile import archives, attributes, bombs, elsewhere, sizes, trees, types, whole_files
from hostile.making import FILES

__all__ = [
    "FILES", "archives", "attributes", "bombs", "elsewhere", "sizes", "trees", "types", "whole_files",
]
