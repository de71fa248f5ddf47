// Build: cc -g -O1 -fno-builtin -o ring ring.c
// Usage: ring N [--twin]
// Two parties that point at each other are forgotten together: each is reached, but only from the other.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct party {
    struct party *other;
    char name[40];
};

static struct party *invite(const char *name) {
    struct party *party = calloc(1, sizeof *party); /*@site*/
    strcpy(party->name, name);
    return party;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    size_t letters = 0;
    for (int i = 0; i < n; i++) {
        struct party *a = invite("Anna"), *b = invite("Bertha");
        a->other = b;
        b->other = a;
        letters += strlen(a->other->name);
        if (twin) {
            free(a);
            free(b);
        }
    }
    printf("%zu letters\n", letters);
}
