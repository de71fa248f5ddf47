// Build: cc -g -O1 -fno-builtin -shared -fPIC -DPLUGIN -o plugin.so host.c
//        cc -g -O1 -fno-builtin -o host host.c -ldl
// Usage: host N [--twin] [--reload]
// The plugin that the host loads forgets a block for each picture. With --reload it is loaded and unloaded each time.
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef PLUGIN
unsigned paint(int picture, int twin) {
    unsigned char *canvas = malloc(144); /*@site*/
    memset(canvas, picture, 144);
    unsigned sum = canvas[picture % 144];
    if (twin)
        free(canvas);
    return sum;
}
#else
static void *load(void) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    if (length < 0)
        abort();
    path[length] = 0;
    strcpy(strrchr(path, '/'), "/plugin.so");
    void *plugin = dlopen(path, RTLD_NOW);
    if (!plugin) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return plugin;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = 0, reload = 0;
    for (int a = 2; a < argc; a++) {
        twin |= !strcmp(argv[a], "--twin");
        reload |= !strcmp(argv[a], "--reload");
    }
    unsigned sum = 0;
    void *plugin = NULL;
    for (int i = 0; i < n; i++) {
        if (!plugin)
            plugin = load();
        unsigned (*paint)(int, int) = (unsigned (*)(int, int))dlsym(plugin, "paint");
        sum += paint(i, twin);
        if (reload) {
            dlclose(plugin);
            plugin = NULL;
        }
    }
    printf("%u\n", sum);
}
#endif
