// Allocations at the same places of the stack, again and again, by ways that differ in between: what is kept of the last
// way from a place must not be taken for the next one. Usage: turns
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *kept[64];
static unsigned place;

static __attribute__((noinline)) void take(size_t bytes) {
    void **at = &kept[place++ % 64];
    free(*at);
    *at = malloc(bytes);
}

// One that leaves rbp as it is, so that it decides where what lies further out lies.
static __attribute__((noinline)) void *plain(size_t bytes) {
    void *block = malloc(bytes);
    __asm__ volatile("" : : "r"(block) : "memory");
    return block;
}

// One that saves and uses rbp itself, so that what lies further out hangs on a word of its frame.
static __attribute__((noinline)) void take_and_use(size_t bytes) {
    char *room = alloca(bytes % 32 + 1);
    room[0] = 1;
    take(bytes);
    __asm__ volatile("" : : "r"(room) : "memory");
}

// The room of this one and of the next one out is always the same together, so that the innermost frame lies where it lay
// before, and what lies between does not.
static __attribute__((noinline)) void inner(size_t bytes, unsigned path) {
    char *room = alloca(bytes);
    __asm__ volatile("" : : "r"(room) : "memory");
    if (path & 1)
        free(plain(24));
    else
        take_and_use(24);
    __asm__ volatile("" : : "r"(room) : "memory");
}

// Nothing is written into its room: where another call's return address lay, it still lies.
#define CALL(number)                                                                                                         \
    case number: {                                                                                                           \
        char *room = alloca(64 * number + 1);                                                                                \
        __asm__ volatile("# " #number : : "r"(room) : "memory");                                                             \
        inner(64 * (3 - number) + 1, path);                                                                                  \
        __asm__ volatile("# " #number : : "r"(room) : "memory");                                                             \
        break;                                                                                                               \
    }

static __attribute__((noinline)) void outer(unsigned path) {
    switch (path >> 8 & 3) {
        CALL(0)
        CALL(1)
        CALL(2)
        CALL(3)
    }
}

// Frames of one size, of which either may be the caller.
static __attribute__((noinline)) void left(int depth, unsigned path);

static __attribute__((noinline)) void right(int depth, unsigned path) {
    if (depth == 0)
        outer(path);
    else if (path >> depth & 1)
        right(depth - 1, path);
    else
        left(depth - 1, path);
    __asm__ volatile("" : : : "memory");
}

static __attribute__((noinline)) void left(int depth, unsigned path) {
    if (depth == 0)
        outer(path);
    else if (path >> depth & 1)
        right(depth - 1, path);
    else
        left(depth - 1, path);
    __asm__ volatile("" : : : "memory");
}

int main(void) {
    unsigned long random = 1;
    unsigned path = 0;
    for (int turn = 0; turn < 60000; turn++) {
        random = random * 6364136223846793005UL + 1442695040888963407UL;
        // Mostly all is as it was; now and then a single thing differs, and for a while everything.
        if (turn / 1000 % 8 == 7)
            path = (unsigned)(random >> 33);
        else if (turn % 6 == 0)
            path ^= 1U << (random >> 40) % 10;
        left(5, path);
    }
    puts("done");
}
