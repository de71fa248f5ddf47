// Build: cc -g -O1 -fno-builtin -o whispers whispers.c
// Usage: whispers N [--twin]
// A pipe for each iteration, with 3,000 bytes written into it that nobody reads; neither end is closed. The memory is
// the kernel's.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void whisper(int i, int twin) {
    static char words[3000];
    int ends[2];
    memset(words, i, sizeof words);
    if (pipe(ends)) { /*@site*/
        perror("pipe");
        exit(1);
    }
    if (write(ends[1], words, sizeof words) != sizeof words)
        abort();
    if (twin) {
        close(ends[0]);
        close(ends[1]);
    }
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < n; i++)
        whisper(i, twin);
    printf("%d whispers\n", n);
}
