// Build: cc -g -O1 -fno-builtin -o scratch scratch.c
// Usage: scratch N [--twin]
// A buffer that grows to the longest text so far and is used for all. The 25th text is of 5 MB, the others of a few
// thousand bytes. The twin frees the buffer after each text.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *buffer;
static size_t room;

static char *at_least(size_t bytes) {
    if (bytes > room) {
        buffer = realloc(buffer, bytes); /*@site*/
        room = bytes;
    }
    return buffer;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        size_t length = i == 24 ? 5000000 : 2000 + (size_t)(i * 7919 % 2000);
        char *text = at_least(length);
        memset(text, i, length);
        sum += (unsigned char)text[length / 2];
        if (twin) {
            free(buffer);
            buffer = NULL;
            room = 0;
        }
    }
    printf("%u\n", sum);
}
