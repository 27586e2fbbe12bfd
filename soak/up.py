"""`flask up` with another Procfile than the tree's: `python -m soak.up PROCFILE`. The product itself has no such door."""

import sys
from pathlib import Path

from flask.cli import main

from pos import cli

cli.PROCFILE = Path(sys.argv[1])
sys.argv[1:] = ["--app", "wsgi", "up"]
main()
