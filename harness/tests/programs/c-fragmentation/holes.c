// Build: cc -g -O1 -fno-builtin -o holes holes.c
// Usage: holes N [--twin]
// Each iteration takes 20,000 blocks of 256 bytes and frees all but each 32nd, which the next iteration frees. 160,000
// bytes live, and some 5 MB stay resident, because nearly each page holds a block that lives. The twin frees all.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 20000, BYTES = 256, EACH = 32 };

static char *blocks[MANY], *old[MANY / EACH];

static unsigned round_of(int i, int twin) {
    unsigned sum = 0;
    for (int b = 0; b < MANY; b++) {
        blocks[b] = malloc(BYTES); /*@site*/
        memset(blocks[b], i + b, BYTES);
    }
    for (int b = 0; b < MANY; b++) {
        sum += (unsigned char)blocks[b][9];
        if (b % EACH || twin)
            free(blocks[b]);
        else {
            free(old[b / EACH]);
            old[b / EACH] = blocks[b];
        }
    }
    return sum;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++)
        sum += round_of(i, twin);
    printf("%u\n", sum);
}
