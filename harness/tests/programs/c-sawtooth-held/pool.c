// Build: cc -g -O1 -fno-builtin -o pool pool.c
// Usage: pool N [--twin]
// Requests pile up in a list that is emptied whenever it holds 300. What is left at the end depends on the count: 10 of
// 10, 100 of 100, 100 of 1,000, 100 of 10,000.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    struct request *before;
    char text[56];
};

static struct request *requests;
static int many;

static void put(int i) {
    struct request *request = malloc(sizeof *request); /*@site*/
    snprintf(request->text, sizeof request->text, "request %d", i);
    request->before = requests;
    requests = request;
    many++;
}

static void clear(void) {
    while (requests) {
        struct request *before = requests->before;
        free(requests);
        requests = before;
    }
    many = 0;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        put(i);
        if (many == 300 || twin)
            clear();
    }
    printf("%d left\n", many);
}
