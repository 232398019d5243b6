"""Makes the sample authority Exampleshire: an invented county whose pupils are simulated from a fixed seed."""
