// Build: cc -g -O1 -fno-builtin -o renew renew.c
// Usage: renew N [--twin]
// The process becomes another program by exec and keeps its number: what grows does so in the new program.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned serve(int i, int twin) {
    unsigned char *reply = malloc(88); /*@site*/
    memset(reply, i, 88);
    unsigned sum = reply[i % 88];
    if (twin)
        free(reply);
    return sum;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    if (!getenv("RENEWED")) {
        setenv("RENEWED", "1", 1);
        execv(argv[0], argv);
        perror("exec");
        return 127;
    }
    unsigned sum = 0;
    for (int i = 0; i < n; i++)
        sum += serve(i, twin);
    printf("%u\n", sum);
}
