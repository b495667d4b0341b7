"""Run a module with the hub's packages behind those of the environment: run.py MODULE ..."""

import runpy
import sys
from pathlib import Path

sys.path.append(str(Path(sys.prefix, "hub", "lib")))
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
