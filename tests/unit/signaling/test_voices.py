"""The loudest microphones: never too many, words whole, a lone speaker always heard."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.voices import SILENCE, Voice, Voices

_PACKET = 0.02  # seconds of sound
_NOISE = st.integers(80, SILENCE)
_SPEECH = st.integers(10, 50)


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 127), st.floats(0, 3)), max_size=200),
)
def test_f50_never_more_than_the_places(places: int, heard: list[tuple[int, int, float]]) -> None:
    room = Voices(places)
    people = [Voice(room) for _ in range(10)]
    now = 0.0
    for index, level, later in heard:
        now += later
        assert people[index].hear(level, now) == people[index].is_open
        assert 1 <= sum(person.is_open for person in people) <= places


@given(st.lists(_NOISE, min_size=3, max_size=20), _SPEECH, st.floats(0.1, 20))
def test_f51_a_lone_speaker_is_heard_from_the_first_word(
    noises: list[int], level: int, seconds: float
) -> None:
    room = Voices(3)
    others = [Voice(room) for _ in noises]
    now = 0.0
    while now < seconds:
        for other, noise in zip(others, noises, strict=True):
            other.hear(noise, now)
        now += 0.1
    assert Voice(room).hear(level, now)


@given(st.lists(st.integers(0, 79), min_size=1, max_size=1), st.lists(_NOISE, max_size=9))
def test_f52_even_a_quiet_one_is_heard_among_the_silent(
    quiet: list[int], noises: list[int]
) -> None:
    room = Voices(3)
    people = [Voice(room) for _ in noises]
    speaker = Voice(room)
    now, opened = 0.0, False
    for _ in range(150):  # three seconds: what was noise has faded by then
        now += _PACKET
        for person, noise in zip(people, noises, strict=True):
            person.hear(max(noise, quiet[0] + 7), now)
        opened = speaker.hear(quiet[0], now)
    assert opened


@given(
    st.lists(
        st.lists(st.tuples(st.booleans(), st.integers(1, 35), _SPEECH), min_size=1, max_size=8),
        min_size=1,
        max_size=3,
    ),
    st.lists(_NOISE, max_size=6),
)
def test_f53_words_are_not_cut_by_noise_or_by_other_speakers_with_a_place(
    talks: list[list[tuple[bool, int, int]]], noises: list[int]
) -> None:
    """Each talk is runs of up to 35 packets (0.7 s) of speech or of a pause between words."""
    room = Voices(3)
    talkers, others = [Voice(room) for _ in talks], [Voice(room) for _ in noises]
    lines = [
        [level if is_word else 90 for is_word, count, level in talk for _ in range(count)]
        for talk in (_without_long_pauses(talk) for talk in talks)
    ]
    now = 0.0
    for step in range(max(map(len, lines))):
        now += _PACKET
        for other, noise in zip(others, noises, strict=True):
            other.hear(noise, now)
        for talker, line in zip(talkers, lines, strict=True):
            if step < len(line):
                assert talker.hear(line[step], now)


def _without_long_pauses(talk: list[tuple[bool, int, int]]) -> list[tuple[bool, int, int]]:
    """Begins with a word; a pause is followed by a word."""
    runs = [(True, 5, 30)]
    for is_word, count, level in talk:
        runs.append((is_word or not runs[-1][0], count, level))
    return runs


def test_f54_among_many_who_speak_the_clearly_louder_one_gets_a_turn() -> None:
    room = Voices(3)
    people = [Voice(room) for _ in range(3)]
    loud = Voice(room)
    now = 0.0
    for _ in range(50):
        now += _PACKET
        for person in people:
            assert person.hear(40, now)
        assert not loud.hear(30, now)  # they have just begun
    for _ in range(50):
        now += _PACKET
        for person in people:
            person.hear(40, now)
        loud.hear(30, now)
    assert loud.is_open
    assert sum(person.is_open for person in people) == 2


def test_f55_who_leaves_frees_the_place_and_nought_means_everyone() -> None:
    room = Voices(1)
    first, second = Voice(room), Voice(room)
    assert first.hear(30, 0.0)
    assert not second.hear(30, 0.1)
    first.leave()
    first.leave()
    assert second.hear(30, 0.2)
    everyone = Voices(0)
    assert all(Voice(everyone).hear(90, 0.0) for _ in range(50))
