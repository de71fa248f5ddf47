/* A library with thread-local storage of its own, which each thread gets when it first asks for it. */
#include <stdlib.h>

__thread void *volatile held[100];

void hold(int index, void *block) { held[index] = block; }
