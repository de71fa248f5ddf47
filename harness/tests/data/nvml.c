/* Stands in for NVIDIA's management library: two devices, on which the process of MEMORY_OF has more with every question;
 * one list is longer than it is given room for at first. */
#include <stdlib.h>

typedef struct {
    unsigned int pid;
    unsigned long long used;
    unsigned int gpu_instance, compute_instance;
} process;

int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }

int nvmlDeviceGetCount_v2(unsigned int *count) {
    *count = 2;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int number, void **device) {
    *device = (void *)(unsigned long)(number + 1);
    return 0;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned int *count, process *list) {
    static unsigned long long asked;
    const char *pid = getenv("MEMORY_OF");
    if (*count < 100) {
        *count = 100;
        return 7;
    }
    asked++;
    for (unsigned int at = 0; at < 100; at++) {
        list[at] = (process){1000000 + at, 5, 0, 0};
    }
    list[50].pid = pid ? (unsigned int)atoi(pid) : 0;
    list[50].used = (unsigned long)device * (1 << 20) * asked;
    list[51].used = -1ULL;
    *count = 100;
    return 0;
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned int *count, process *list) {
    (void)device, (void)list;
    *count = 0;
    return 0;
}
