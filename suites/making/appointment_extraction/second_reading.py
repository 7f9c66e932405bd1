"""Reads a request for an appointment from its text alone."""
def read(item): return None
