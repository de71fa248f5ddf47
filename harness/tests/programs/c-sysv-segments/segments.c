// Build: cc -g -O1 -fno-builtin -o segments segments.c
// Usage: segments N [--twin]
// Takes a shared segment of System V in each iteration, 12 KiB, detaches it and does not remove it: it outlives the
// program. What earlier runs left is removed at the start (0 iterations do nothing else). Most systems allow 4,096.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

enum { SIZE = 12289 }; // odd, so that segments of others are not taken for ours

static void sweep(void) {
    struct shm_info info;
    int last = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
    for (int i = 0; i <= last; i++) {
        struct shmid_ds segment;
        int id = shmctl(i, SHM_STAT, &segment);
        if (id >= 0 && segment.shm_segsz == SIZE && !segment.shm_nattch && kill(segment.shm_cpid, 0))
            shmctl(id, IPC_RMID, NULL);
    }
}

static void segment(int i, int twin) {
    int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600); /*@site*/
    if (id < 0) {
        perror("shmget");
        exit(1);
    }
    char *at = shmat(id, NULL, 0);
    memset(at, i, SIZE);
    shmdt(at);
    if (twin)
        shmctl(id, IPC_RMID, NULL);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    sweep();
    for (int i = 0; i < n; i++)
        segment(i, twin);
    printf("%d segments\n", n);
}
