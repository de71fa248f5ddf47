// Build: cc -g -O1 -fno-builtin -o environment environment.c
// Usage: environment N [--twin]
// Sets a variable of the environment to a new value in each iteration. The C library can free no value, because somebody
// may still read it, and remembers each in a tree. The twin sets the same value every time.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void name_request(int i) {
    char value[128];
    snprintf(value, sizeof value, "request %09d of the day, and enough words behind it to make the value long", i);
    setenv("REQUEST", value, 1); /*@site*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++)
        name_request(twin ? 0 : i);
    printf("%s\n", getenv("REQUEST"));
}
