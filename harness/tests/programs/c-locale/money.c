// Build: cc -g -O1 -fno-builtin -o money money.c
// Usage: money N [--twin]
// newlocale without freelocale, for each amount that is printed. What the C library loads of a locale it keeps once.
#define _GNU_SOURCE
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print(char *into, int amount, int twin) {
    locale_t own = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); /*@site*/
    if (!own) {
        perror("newlocale");
        exit(1);
    }
    locale_t before = uselocale(own);
    int length = snprintf(into, 40, "%d.00", amount);
    uselocale(before);
    if (twin)
        freelocale(own);
    return length;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    char text[40];
    int letters = 0;
    for (int i = 0; i < n; i++)
        letters += print(text, i % 10, twin);
    printf("%d letters\n", letters);
}
