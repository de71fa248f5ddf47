// Children of vfork, which close everything and open something before they become another program: none of it is this
// process's doing.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int lend(int waited) {
    pid_t child = vfork();
    if (child == 0) {
        for (int i = 3; i < 64; i++) close(i);
        dup2(open("/dev/null", O_RDONLY), 0);
        execl("/bin/true", "true", (char *)0);
        _exit(1);
    }
    int status = 0;
    if (waited) waitpid(child, &status, 0);
    return status;
}

int main(void) {
    int status = 0;
    for (int i = 0; i < 7; i++) open("/dev/null", O_RDONLY);
    for (int i = 0; i < 10; i++) status |= lend(i % 2);
    printf("lent %d\n", status);
    return 0;
}
