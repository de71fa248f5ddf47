// Build: cc -g -O1 -fno-builtin -o pages pages.c
// Usage: pages N [--twin]
// Opens a file for each iteration and forgets to close it when its first byte is not the one looked for. At the limit
// of descriptors (often 1,024) it fails, as such programs do.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int look(char wanted, int twin) {
    char first;
    int file = open("/proc/self/exe", O_RDONLY); /*@site*/
    if (file < 0 || read(file, &first, 1) != 1) {
        perror("open");
        exit(1);
    }
    if (first != wanted && !twin)
        return 0;
    close(file);
    return 1;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    int found = 0;
    for (int i = 0; i < n; i++)
        found += look(0x7f, twin) + look('?', twin);
    printf("%d found\n", found);
}
