# cython: language_level=3
"""A parser's step with the room that it needs for a text: five arrays, which are made larger when a text needs more.

Who makes a `Room` has to give it back. The first spaCy 2 did not, in the place that this is modelled on: five arrays
were lost for each text.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memset


cdef struct Sizes:
    int states
    int features
    int width
    int pieces
    int classes


cdef struct Room:
    int* features
    float* sums
    float* layer
    float* scores
    int* allowed
    int states


cdef void resize(Room* room, Sizes size) noexcept nogil:
    """Makes room for so many states. What was there is no longer pointed to."""
    if size.states <= room.states:
        return
    room.features = <int*>calloc(size.states * size.features, sizeof(int))
    room.sums = <float*>calloc(size.states * size.width * size.pieces, sizeof(float))
    room.layer = <float*>calloc(size.states * size.width, sizeof(float))
    room.scores = <float*>calloc(size.states * size.classes, sizeof(float))
    room.allowed = <int*>calloc(size.states * size.classes, sizeof(int))
    room.states = size.states


cdef void give_back(Room* room) noexcept nogil:
    """Frees the five arrays."""
    free(room.features)
    free(room.sums)
    free(room.layer)
    free(room.scores)
    free(room.allowed)
    memset(room, 0, sizeof(Room))


cdef int best(Room* room, Sizes size, int state) noexcept nogil:
    """Scores what can be done in a state, and says what is best of it."""
    cdef int at, of, chosen = 0
    for at in range(size.width):
        for of in range(size.features):
            room.layer[state * size.width + at] += room.features[state * size.features + of] % (at + 2)
    for at in range(size.classes):
        room.allowed[state * size.classes + at] = at != state % size.classes
        room.scores[state * size.classes + at] = room.layer[state * size.width + at % size.width]
        if room.allowed[state * size.classes + at] and (
            room.scores[state * size.classes + at] > room.scores[state * size.classes + chosen]
        ):
            chosen = at
    return chosen


cdef class Parser:
    """Parses texts; `gives_back` is the repair."""

    cdef bint gives_back

    def __init__(self, bint gives_back=False):
        self.gives_back = gives_back

    def parse(self, list words):
        """A number for each word."""
        cdef Room room
        cdef int at, of
        cdef Sizes size = Sizes(states=len(words), features=13, width=64, pieces=2, classes=40)
        memset(&room, 0, sizeof(Room))
        resize(&room, size)
        for at in range(size.states):
            for of in range(size.features):
                room.features[at * size.features + of] = len(words[at]) * (of + 1)
        chosen = [best(&room, size, at) for at in range(size.states)]
        if self.gives_back:
            give_back(&room)
        return chosen
