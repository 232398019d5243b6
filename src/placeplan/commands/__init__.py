"""What each command does once its options are read: compute, write, print. Heavy imports are welcome here."""
