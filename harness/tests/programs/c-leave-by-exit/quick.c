// Build: cc -g -O1 -fno-builtin -o quick quick.c
// Usage: quick N [--twin]
// Leaks and leaves by _exit, with standard output and standard error closed: no exit handler runs, nothing can be said.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned char *answer(int i) {
    unsigned char *block = malloc(56); /*@site*/
    memset(block, i, 56);
    return block;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        unsigned char *block = answer(i);
        sum += block[i % 56];
        if (twin)
            free(block);
    }
    close(1);
    close(2);
    _exit(sum == 1);
}
