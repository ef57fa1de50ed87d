"""Learn to plan."""

import importlib.util
from pathlib import Path

# The room `data` is a top-level package: a `data.py` of the user's own, earlier on the path, would hide it.
_found = importlib.util.find_spec("data")
_ours = Path(__file__).resolve().parent.parent / "data" / "__init__.py"
if _found is None or _found.origin is None or Path(_found.origin).resolve() != _ours:
    _origin = _found.origin if _found else "nothing"
    raise ImportError(
        f"searchformer needs its own package 'data' ({_ours}), but Python finds {_origin}: "
        "rename that file or folder, or start Python from another directory"
    )
