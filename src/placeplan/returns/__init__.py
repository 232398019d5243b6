"""The School Capacity return: its parts from a run, its checks, its method statement."""
