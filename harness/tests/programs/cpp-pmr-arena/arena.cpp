// Build: c++ -std=c++17 -g -O1 -fno-builtin -o arena arena.cpp
// Usage: arena N [--twin]
// All texts come from one monotonic resource, which gives nothing back before it is destroyed, however short they live.
// Its pieces grow by half each time. The twin releases it after each iteration.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory_resource>
#include <string>

static std::size_t say(int i, std::pmr::memory_resource *from) {
    std::pmr::string text(400, static_cast<char>('a' + i % 26), from); /*@site*/
    return text.size();
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::pmr::monotonic_buffer_resource arena(4096);
    std::size_t letters = 0;
    for (int i = 0; i < n; i++) {
        letters += say(i, &arena);
        if (twin)
            arena.release();
    }
    std::printf("%zu letters\n", letters);
}
