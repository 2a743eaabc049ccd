"""Runs the cells of a page, Python in one namespace and shell commands by sh, as a notebook does.

Input: a JSON list of {"language": "python" or "sh", "code"}. Output: a JSON list of what each cell wrote to stdout. A cell that
fails ends the run, with its error on stderr.
"""

import contextlib
import io
import json
import subprocess
import sys


def main():
    namespace = {"__name__": "__main__"}
    outputs = []
    for cell in json.load(sys.stdin):
        if cell["language"] == "sh":
            done = subprocess.run(["sh", "-ec", cell["code"]], stdout=subprocess.PIPE, text=True, check=True)
            outputs.append(done.stdout)
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(cell["code"], "<cell>", "exec"), namespace)
        outputs.append(out.getvalue())
    print(json.dumps(outputs))


# Workers of a cluster load this file again.
if __name__ == "__main__":
    main()
