// Build: cc -g -O1 -fno-builtin -o lookup lookup.c
// Usage: lookup N [--twin]
// Asks for an address of any kind of socket: the answer is a list of three (stream, datagram, raw), which nobody frees.
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int resolve(int twin) {
    struct addrinfo hints, *found = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_INET;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    if (getaddrinfo("127.0.0.1", "80", &hints, &found)) /*@site*/
        return -1;
    int many = 0;
    for (struct addrinfo *one = found; one; one = one->ai_next)
        many++;
    if (twin)
        freeaddrinfo(found);
    return many;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    int many = 0;
    for (int i = 0; i < n; i++)
        many += resolve(twin);
    printf("%d addresses\n", many);
}
