// Build: cc -g -O1 -fno-builtin -o register register.c
// Usage: register N [--twin]
// Every visitor is entered in a list that a static variable holds and nobody shortens. Nothing is lost, all of it grows.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct visitor {
    struct visitor *before;
    char *name;
};

static struct visitor *visitors;

static void enter(int i) {
    struct visitor *visitor = malloc(sizeof *visitor); /*@site*/
    visitor->name = malloc(32); /*@site2*/
    snprintf(visitor->name, 32, "visitor %d", i);
    visitor->before = visitors;
    visitors = visitor;
}

static void leave(void) {
    struct visitor *last = visitors;
    visitors = last->before;
    free(last->name);
    free(last);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        enter(i);
        if (twin)
            leave();
    }
    printf("%d visitors\n", n);
}
