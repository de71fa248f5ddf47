// Takes N of everything that is held beside the heap, and gives back all but one in two where there is a way to.
// Usage: holds N
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *unused) { return unused; }

static void open_files(int i) {
    int file = open("/dev/null", O_RDONLY);
    FILE *stream = fopen("/dev/null", "r");
    if (i % 2 == 0) {
        close(file);
        fclose(stream);
    }
}

static void fill_pipe(void) {
    int both[2];
    if (pipe(both) != 0 || write(both[1], "hello", 5) != 5)
        exit(1);
}

static void map(void) {
    char *whole = mmap(NULL, 4 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(whole + 4096, 2 * 4096);
}

static void start_thread(int i) {
    pthread_t thread;
    pthread_create(&thread, NULL, nothing, NULL);
    if (i % 2 == 0)
        pthread_join(thread, NULL);
}

static void make_child(int i) {
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    if (i % 2 == 0)
        waitpid(child, NULL, 0);
}

static void share(int i) {
    char name[64];
    snprintf(name, sizeof name, "/holds-%d-%d", getpid(), i);
    int file = shm_open(name, O_CREAT | O_RDWR, 0600);
    if (ftruncate(file, 5000) != 0)
        exit(1);
    close(file);
    if (i % 2 == 0)
        shm_unlink(name);
}

static void tidy(int i) {
    char name[64];
    snprintf(name, sizeof name, "/dev/shm/holds-%d-%d", getpid(), i);
    unlink(name);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    for (int i = 0; i < n; i++) {
        open_files(i);
        fill_pipe();
        map();
        start_thread(i);
        make_child(i);
        share(i);
    }
    // Nothing of it stays behind on the machine; by another name for it, so that the names count as kept.
    for (int i = 0; i < n; i++)
        tidy(i);
    // Another program, with an empty environment: it is recorded all the same.
    char *arguments[] = {"true", NULL}, *none[] = {NULL};
    pid_t child;
    posix_spawn(&child, "/bin/true", NULL, NULL, arguments, none);
    waitpid(child, NULL, 0);
    if (vfork() == 0) {
        execle("/bin/true", "true", "listed", (char *)NULL, none);
        _exit(1);
    }
    wait(NULL);
    puts("done");
    fflush(stdout);
    _exit(0);
}
