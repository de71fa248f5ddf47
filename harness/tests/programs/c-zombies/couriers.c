// Build: cc -g -O1 -fno-builtin -o couriers couriers.c
// Usage: couriers N [--twin]
// A child for each parcel, which ends at once; nobody waits for it, so that its entry stays with the kernel.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void send_courier(int twin) {
    pid_t courier = fork(); /*@site*/
    if (courier < 0) {
        perror("fork");
        exit(1);
    }
    if (!courier)
        _exit(0);
    if (twin)
        waitpid(courier, NULL, 0);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++)
        send_courier(twin);
    printf("%d parcels\n", n);
}
