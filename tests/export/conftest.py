from importlib.util import find_spec

# Without the torch extra these cannot even be imported.
collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]
