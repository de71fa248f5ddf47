// Build: cc -g -O1 -fno-builtin -o pages pages.c -ljemalloc
// Usage: pages N [--twin]
// A plain leak in a program whose allocator is not the C library's: linked with it, or preloaded into it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned turn(int page, int twin) {
    unsigned char *text = malloc(320); /*@site*/
    memset(text, page, 320);
    unsigned sum = text[page % 320];
    char *draft = malloc(1000 + page % 7 * 100);
    memset(draft, 1, 1000);
    sum += (unsigned char)draft[page % 1000];
    free(draft);
    if (twin)
        free(text);
    return sum;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++)
        sum += turn(i, twin);
    printf("%u\n", sum);
}
