// Build: c++ -std=c++17 -g -O1 -fno-builtin -o tasks tasks.cpp -pthread
// Usage: tasks N [--twin]
// A future for each task, kept in a vector: each has a thread that has ended and a result that nobody fetches.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <vector>

static std::future<int> start(int i) {
    return std::async(std::launch::async, [i] { return i; }); /*@site*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::vector<std::future<int>> futures;
    for (int i = 0; i < n; i++) {
        auto future = start(i);
        future.wait();
        if (!twin)
            futures.push_back(std::move(future));
    }
    std::printf("%zu futures\n", futures.size());
}
