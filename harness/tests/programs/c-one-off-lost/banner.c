// Build: cc -g -O1 -fno-builtin -o banner banner.c
// Usage: banner N [--twin]
// A banner of 80,000 bytes is made once and lost: a leak search names it, and it never grows.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned banner(void) {
    unsigned char *text = malloc(80000); /*@site*/
    memset(text, 7, 80000);
    return text[79999];
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = twin ? 7 : banner();
    for (int i = 0; i < n; i++) {
        char *scratch = malloc(64);
        memset(scratch, i, 64);
        sum += (unsigned char)scratch[i % 64];
        free(scratch);
    }
    printf("%u\n", sum);
}
