"""Scimulator for pytest: copy this file next to your tests, or its content into your conftest.py.

It needs pytest, Node.js 22.14 or newer, and the npm package ``scimulator``. ``SCIMULATOR_COMMAND`` replaces the command that
is run: ``scimulator`` if it is installed, otherwise ``npx scimulator``.

``scimulator`` is the fixture: a SCIM server in memory, started once per run and reset before each test. A failed test reports
the requests that the server received. Override ``scimulator_options`` to change the options of the server.
"""

import json
import os
import shlex
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest


class Scimulator:
    """A running server. ``url`` and ``token`` are for the SCIM client, ``console`` is its web console."""

    def __init__(self, *options):
        """Starts a server with options of ``scimulator test-server``, such as ``--profile=rfc``."""
        # The server stops when its standard input closes, so it also ends if this process is killed.
        self._process = subprocess.Popen(
            [*_command(), "test-server", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Scimulator did not start: exit code {self._process.wait()}, see standard error")
        started = json.loads(line)
        self.url = started["url"]
        self.token = started.get("token")
        self.tenant = started["tenant"]
        self.console = started["console"]
        self.aws = started.get("aws")
        self.faults = Faults(self)
        self.clock = Clock(self)

    def close(self):
        """Stops the server."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def reset(self):
        """Deletes users, groups, history, requests and faults, and resets the clock. The token remains valid."""
        self.api("POST", "/reset")

    def requests(self, query=""):
        """The received requests that match a search such as ``status:4xx`` or ``action:create``, oldest first."""
        found, cursor = [], None
        while True:
            parameters = {"tenant": self.tenant, "q": query, "limit": 200, **({"cursor": cursor} if cursor else {})}
            page = self.api("GET", "/exchanges?" + urllib.parse.urlencode(parameters))
            found += page["items"]
            cursor = page.get("next")
            if cursor is None:
                return found[::-1]

    def wait_for(self, query, times=1, timeout=10.0):
        """Waits until at least ``times`` received requests match the search, and returns them, oldest first."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.requests(query)
            if len(found) >= times:
                return found
            if time.monotonic() >= deadline:
                raise AssertionError(
                    f"{len(found)} of {times} requests matched {query!r} within {timeout} s. Received:\n{self.journal()}"
                )
            time.sleep(0.05)

    def journal(self):
        """The received requests as text, one line each."""
        lines = [f"{entry['status']} {entry['method']} {entry['url']} ({entry['action']})" for entry in self.requests()]
        return "\n".join(lines) or "(no requests)"

    def api(self, method, path, body=None):
        """Calls the REST API of the console, which ``{console}/api/docs`` describes. ``path`` begins after ``/api/v1``."""
        request = urllib.request.Request(
            f"{self.console}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={} if body is None else {"content-type": "application/json"},
        )
        try:
            with _direct.open(request, timeout=30) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            problem = json.loads(error.read())
            raise ValueError("\n".join([problem["detail"], *(e["message"] for e in problem.get("errors", []))])) from None
        return json.loads(text) if text else None


class Faults:
    """Failures that are injected into responses."""

    def __init__(self, server):
        self._server = server

    def add(self, preset=None, **fault):
        """Adds a preset, such as ``throttled``, or a fault with ``effect``, and optionally ``match`` and ``times``."""
        return self._server.api("POST", "/faults", fault if preset is None else {"preset": preset, **fault})

    def list(self):
        """The active faults, with their number of hits."""
        return self._server.api("GET", "/faults")["items"]

    def clear(self):
        """Removes all faults."""
        self._server.api("DELETE", "/faults")


class Clock:
    """The virtual clock of the server, which dates changes and lets tokens expire. It only moves forward."""

    def __init__(self, server):
        self._server = server
        self._path = f"/tenants/{server.tenant}/clock"

    def now(self):
        """The time as text: ``2027-03-01T09:30:00.000Z``."""
        return self._server.api("GET", self._path)["now"]

    def advance(self, duration):
        """Moves the clock forward by a duration such as ``90d`` or ``1h30m``."""
        return self._server.api("PUT", self._path, {"advance": duration})["now"]

    def set(self, now):
        """Moves the clock to a later time, such as ``2027-03-01T09:30:00Z``."""
        return self._server.api("PUT", self._path, {"now": now})["now"]


def _command():
    configured = os.environ.get("SCIMULATOR_COMMAND")
    if configured:
        return shlex.split(configured)
    installed = shutil.which("scimulator")
    return [installed] if installed else [shutil.which("npx") or "npx", "--yes", "scimulator"]


# The server is on this machine: the proxies of the environment do not apply.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

_server_of_test = pytest.StashKey()


@pytest.fixture(scope="session")
def scimulator_options():
    """The options of the server. Override this fixture to change them."""
    return ["--profile=aws"]


@pytest.fixture(scope="session")
def scimulator_server(scimulator_options):
    """The server of this run; with pytest-xdist, of this worker."""
    with Scimulator(*scimulator_options) as server:
        yield server


@pytest.fixture
def scimulator(scimulator_server, request):
    """The server without data of earlier tests."""
    scimulator_server.reset()
    request.node.stash[_server_of_test] = scimulator_server
    return scimulator_server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    server = item.stash.get(_server_of_test, None)
    if report.when == "call" and report.failed and server is not None:
        report.sections.append(("Requests to Scimulator", server.journal()))
    return report
