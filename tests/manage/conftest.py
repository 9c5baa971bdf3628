"""How the properties of this room are tried."""

import hypothesis

# The same examples on every run, and no deadline: a slow machine is no bug.
hypothesis.settings.register_profile("evonas", derandomize=True, deadline=None, max_examples=100)
hypothesis.settings.load_profile("evonas")
