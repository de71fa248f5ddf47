/* Blocks that only thread-local storage of a library holds that was opened while the program ran. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void (*hold)(int, void *);
static int ready[2];

static void *work(void *unused) {
    (void)unused;
    hold(7, calloc(1, 1111));
    write(ready[1], "x", 1);
    for (;;) pause();
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 2 || pipe(ready)) return 2;
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) return 3;
    hold = (void (*)(int, void *))dlsym(library, "hold");
    hold(3, calloc(1, 2222));
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    char byte;
    if (read(ready[0], &byte, 1) != 1) return 2;
    usleep(20000);
    calloc(1, 3333); /* Lost. */
    exit(0);
}
