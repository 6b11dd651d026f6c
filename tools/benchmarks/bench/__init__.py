"""The benchmark: python -m bench; tools/bench installs what it needs, builds mlpack and runs it.

An order (`orders/`, a module each) measures one thing and says what it found; `workers/` are the processes with Keras
in them. What an order measured goes to the terminal as a `table`, is held against its `target`, and with --write is
`record`ed for the README, where `draw` makes a chart of it.
"""
