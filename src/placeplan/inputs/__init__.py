"""Reading: files to cells, cells to typed tables, with a finding for everything that is not as it should be."""
