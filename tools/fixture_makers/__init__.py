"""What tools/make_fixtures.py makes, a module a kind of file."""
