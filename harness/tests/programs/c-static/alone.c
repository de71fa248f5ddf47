// Build: cc -g -O1 -fno-builtin -static -o alone alone.c
// Usage: alone N [--twin]
// Linked statically: no library can be preloaded, so that the growth is seen from outside alone, without a line.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *page(int i) {
    unsigned char *text = malloc(20000); /*@site*/
    memset(text, i, 20000);
    return text;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        unsigned char *text = page(i);
        sum += text[i % 20000];
        if (twin)
            free(text);
    }
    printf("%u\n", sum);
}
