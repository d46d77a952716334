"""LL8: the browser (signaling/web/live-state.test.ts) reduces the same file to the same states."""

import json
from datetime import datetime

import pytest

from signaling.live_log import Event, Identity
from telehealth.live_rules import LiveRules
from telehealth.live_state import LiveState, show
from tests.support.live_vectors import VECTORS, vectors


def test_ll8_the_vectors_are_what_the_rules_say():
    assert json.loads(VECTORS.read_text()) == json.loads(json.dumps(vectors()))


@pytest.mark.parametrize("story", json.loads(VECTORS.read_text()), ids=lambda story: story["name"])
def test_ll8_stored_events_alone_give_the_states(story):
    rules, state = LiveRules(), LiveState()
    for step in story["steps"]:
        line = step["event"]
        at = datetime.fromisoformat(line["at"])
        event = Event(line["seq"], at, Identity(line["by"]), "", line["kind"], line["body"])
        state = rules.reduce(state, event)
        assert show(state) == step["state"]
        assert rules.load(json.loads(json.dumps(rules.dump(state)))) == state
