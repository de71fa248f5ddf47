// Build: cc -g -O1 -fno-builtin -o chain chain.c
// Usage: chain N [--twin]
// Makes a linked list of ten links in each iteration and lets go of its head: one link is lost and nine behind it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct link {
    struct link *next;
    long value[3];
};

static struct link *forge(struct link *next, long value) {
    struct link *link = malloc(sizeof *link); /*@site*/
    link->next = next;
    link->value[0] = value;
    return link;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    long sum = 0;
    for (int i = 0; i < n; i++) {
        struct link *chain = NULL;
        for (int l = 0; l < 10; l++)
            chain = forge(chain, l);
        sum += chain->value[0];
        while (twin && chain) {
            struct link *next = chain->next;
            free(chain);
            chain = next;
        }
    }
    printf("%ld\n", sum);
}
