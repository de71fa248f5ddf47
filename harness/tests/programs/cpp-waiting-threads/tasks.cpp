// Build: c++ -std=c++17 -g -O1 -fno-builtin -o tasks tasks.cpp -pthread
// Usage: tasks N [--twin]
// A future for each task, kept in a list that is never destroyed: each has a thread that has ended and a result that
// nobody fetches. Only fetching it joins the thread, as the twin does.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <thread>
#include <vector>

static std::vector<std::future<int>> &futures = *new std::vector<std::future<int>>;
static std::atomic<int> ended;

static std::future<int> start(int i) {
    return std::async(std::launch::async, [i] { return ended++, i; }); /*@site*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    int sum = 0;
    for (int i = 0; i < n; i++) {
        auto future = start(i);
        while (ended <= i)
            std::this_thread::yield();
        if (twin)
            sum += future.get();
        else
            futures.push_back(std::move(future));
    }
    std::printf("%zu futures, %d\n", futures.size(), sum);
}
