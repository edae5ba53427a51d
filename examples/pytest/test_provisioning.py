"""Tests of a SCIM client. ``create_user`` stands for the client that you test."""

import json
import time
import urllib.error
import urllib.request

import pytest


def create_user(server, user_name):
    """Creates a user; waits and repeats the request once after a 429. Returns the status."""
    for attempt in (1, 2):
        request = urllib.request.Request(
            f"{server.url}/Users",
            headers={"authorization": f"Bearer {server.token}", "content-type": "application/scim+json"},
            data=json.dumps(
                {
                    "userName": user_name,
                    "displayName": "Marge Simpson",
                    "name": {"givenName": "Marge", "familyName": "Simpson"},
                }
            ).encode(),
        )
        try:
            with urllib.request.urlopen(request) as response:
                return response.status
        except urllib.error.HTTPError as error:
            if error.code != 429 or attempt == 2:
                return error.code
            time.sleep(int(error.headers["Retry-After"]))


def test_creates_a_user(scimulator):
    assert create_user(scimulator, "marge@springfield.example") == 201
    [request] = scimulator.wait_for("action:create")
    assert request["action"] == "create user"


def test_repeats_a_throttled_request(scimulator):
    scimulator.faults.add(effect={"kind": "status", "status": 429, "retryAfter": 0}, times=1)
    assert create_user(scimulator, "marge@springfield.example") == 201
    assert [request["status"] for request in scimulator.requests("method:POST")] == [429, 201]


def test_each_test_starts_without_data(scimulator):
    assert scimulator.requests() == []
    assert scimulator.faults.list() == []


def test_an_expired_token_is_rejected(scimulator):
    before = scimulator.clock.now()
    assert scimulator.clock.advance("366d") > before
    assert create_user(scimulator, "marge@springfield.example") == 401


def test_a_search_that_matches_nothing_shows_what_was_received(scimulator):
    create_user(scimulator, "not a valid name\u0007")
    with pytest.raises(AssertionError, match="0 of 1 requests matched 'action:delete'.*\n400 POST"):
        scimulator.wait_for("action:delete", timeout=0)
