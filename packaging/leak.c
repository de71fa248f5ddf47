// Takes a block in each iteration, and keeps it or gives it back: `leak keep|free COUNT`.
#include <stdlib.h>
#include <string.h>

static void *volatile seen;

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    for (int i = 0; i < atoi(argv[2]); i++) {
        seen = malloc(40);
        if (!strcmp(argv[1], "free"))
            free(seen);
    }
    return 0;
}
