"""Runs commands of the AWS CLI that it reads as JSON lines, in one process, and writes the result of each as a JSON line."""
import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

driver = create_clidriver()


def run(args):
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            status = driver.main(args)
        except SystemExit as exit:
            status = exit.code
    return {"status": status, "output": output.getvalue(), "errors": errors.getvalue()}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
