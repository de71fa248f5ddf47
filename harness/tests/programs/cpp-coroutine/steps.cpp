// Build: c++ -std=c++20 -g -O1 -fno-builtin -o steps steps.cpp
// Usage: steps N [--twin]
// A coroutine is started, suspended and never resumed nor destroyed: its frame, with a buffer of 600 bytes, stays.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <coroutine>

struct Task {
    struct promise_type {
        Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_never initial_suspend() { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::abort(); }
    };
    std::coroutine_handle<promise_type> handle;
};

static unsigned long sum;

static Task step(int i) {
    char buffer[600];
    std::memset(buffer, i, sizeof buffer);
    co_await std::suspend_always{};
    for (char one : buffer)
        sum += static_cast<unsigned char>(one);
} /*@site*/ // the line to which gcc puts the taking of the frame

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        Task task = step(i);
        if (twin) {
            task.handle.resume();
            task.handle.destroy();
        }
    }
    std::printf("%lu\n", sum);
}
