"""Reading: files to cells, cells to typed tables, with a finding for whatever is not as it should be."""
