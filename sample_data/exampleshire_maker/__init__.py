"""Makes the sample authority Exampleshire: an invented county, simulated from a fixed seed."""
