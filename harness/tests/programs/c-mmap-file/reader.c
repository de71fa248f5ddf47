// Build: cc -g -O1 -fno-builtin -o reader reader.c
// Usage: reader N [--twin]
// Maps a file (its own program) to read its head and closes the descriptor, but keeps the mapping.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int head(int twin) {
    int file = open("/proc/self/exe", O_RDONLY);
    char *text = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0); /*@site*/
    close(file);
    if (text == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    int letter = text[1];
    if (twin)
        munmap(text, 4096);
    return letter;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += head(twin) == 'E';
    printf("%d\n", sum);
}
