// Build: cc -g -O1 -fno-builtin -o boards boards.c
// Usage: boards N [--twin]
// Makes a named piece of shared memory of 8 KiB in each iteration, unmaps and closes it, and does not unlink its name:
// the memory stays, even behind the end of the program. What earlier runs left is removed at the start (0 iterations
// do nothing else).
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void sweep(void) {
    DIR *folder = opendir("/dev/shm");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        int pid;
        char name[300];
        if (sscanf(entry->d_name, "growing-boards-%d-", &pid) == 1 && kill(pid, 0)) {
            snprintf(name, sizeof name, "/%s", entry->d_name);
            shm_unlink(name);
        }
    }
    if (folder)
        closedir(folder);
}

static void board(int i, int twin) {
    char name[64];
    snprintf(name, sizeof name, "/growing-boards-%d-%d", getpid(), i);
    int memory = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600); /*@site*/
    if (memory < 0 || ftruncate(memory, 8192)) {
        perror("shm_open");
        exit(1);
    }
    char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    memset(at, i, 8192);
    munmap(at, 8192);
    close(memory);
    if (twin)
        shm_unlink(name);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    sweep();
    for (int i = 0; i < n; i++)
        board(i, twin);
    printf("%d boards\n", n);
}
