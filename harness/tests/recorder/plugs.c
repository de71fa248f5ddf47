// Opens plug-ins for itself alone, and closes them.
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **arguments) {
    int sum = 0;
    for (int round = 0; round < 3; round++)
        for (int i = 1; i < count; i++) {
            void *plugin = dlopen(arguments[i], RTLD_NOW | RTLD_LOCAL);
            if (!plugin) { printf("%s\n", dlerror()); return 1; }
            int (*works)(int) = (int (*)(int))dlsym(plugin, "plugin_works");
            sum += works(10);
            dlclose(plugin);
        }
    printf("plugs %d\n", sum);
    return 0;
}
