// Build: cc -g -O1 -fno-builtin -o parser parser.c
// Usage: parser N [--twin]
// A parser gives up by longjmp, past the functions that hold blocks. Each fourth text is bad and costs the node of each
// of the three levels that were open.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf bad;
static void *open_nodes[8];
static int opened;

static int parse(const char *text) {
    char *node = malloc(40); /*@site*/
    strcpy(node, "node");
    open_nodes[opened++] = node;
    int depth = 0;
    if (*text == '?')
        longjmp(bad, 1);
    if (*text == '(')
        depth = 1 + parse(text + 1);
    opened--;
    free(node);
    return depth;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    volatile int refused = 0, depth = 0;
    for (volatile int i = 0; i < n; i++) {
        opened = 0;
        if (setjmp(bad)) {
            refused++;
            while (twin && opened)
                free(open_nodes[--opened]);
            memset(open_nodes, 0, sizeof open_nodes);
            continue;
        }
        depth += parse(i % 4 == 3 ? "((?" : "((a");
    }
    printf("%d refused, depth %d\n", refused, depth);
}
