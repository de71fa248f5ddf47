// Build: cc -g -O1 -fno-builtin -o plain plain.c
// Usage: plain N [--twin]
// A greeting is made for each guest and never freed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *greet(int guest) {
    char *text = malloc(100); /*@site*/
    snprintf(text, 100, "Good morning, guest %d", guest);
    return text;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    size_t letters = 0;
    for (int i = 0; i < n; i++) {
        char *text = greet(i);
        letters += strlen(text);
        if (twin)
            free(text);
    }
    printf("%zu letters\n", letters);
}
