// Runs a command and prints its processor time in seconds and the most kilobytes that it had resident, children included.
// (A process begins with the size of the one that started it, so that a small one has to.) Usage: measured COMMAND ...
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    pid_t child = argc > 1 ? fork() : -1;
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            return 127;
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    struct rusage used;
    if (child < 0 || waitpid(child, NULL, 0) != child || getrusage(RUSAGE_CHILDREN, &used) != 0)
        return 1;
    printf("%ld.%06ld %ld.%06ld %ld\n", (long)used.ru_utime.tv_sec, (long)used.ru_utime.tv_usec,
           (long)used.ru_stime.tv_sec, (long)used.ru_stime.tv_usec, used.ru_maxrss);
}
