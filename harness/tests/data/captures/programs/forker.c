/* Loses 48 bytes in each of so many iterations, and then as often 16 bytes in a child that it forks. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static void lose(void) {
    char *text = malloc(48);
    __asm__ volatile("" : : "r"(text) : "memory");
}

__attribute__((noinline)) static void lose_in_child(void) {
    char *text = malloc(16);
    __asm__ volatile("" : : "r"(text) : "memory");
}

__attribute__((noinline)) static void wipe(void) {
    char stack[4096];
    memset(stack, 0, sizeof stack);
    __asm__ volatile("" : : "r"(stack) : "memory");
}

int main(int count, char **words) {
    int iterations = count > 1 ? atoi(words[1]) : 10;
    for (int number = 0; number < iterations; number++)
        lose();
    wipe();
    if (fork() == 0) {
        for (int number = 0; number < iterations; number++)
            lose_in_child();
        wipe();
        return 0;
    }
    wait(NULL);
    return 0;
}
