"""Drawn pictures: a small painter on numpy, and what the demo's data sets are made of.

Everything random follows from a `numpy.random.Generator` that the caller seeds, so a data set is a
function of its seed.
"""
