// Pointers to the inside that hold a block all the same: arrays that must be destroyed, second bases, sizes before what
// they are the size of, and strings as they once were.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

struct Element {
    char bytes[24];
    ~Element() { bytes[0] = 1; }
};
struct A {
    virtual ~A() {}
    virtual int a() { return 1; }
    int64_t x = 0;
};
struct B {
    virtual ~B() {}
    virtual int b() { return 2; }
    int64_t y = 0;
};
struct C : A, B {
    int a() override { return 3; }
    int b() override { return 4; }
    char rest[32] = {};
};

Element *volatile elements;
B *volatile second_base;
char *volatile sized;
char *volatile old_string;
char *volatile not_old_string;
char *volatile not_sized;
static std::string *text;
static std::vector<std::string> *texts;

static __attribute__((noinline)) void fill() {
    elements = new Element[5];
    second_base = new C;
    auto *block = static_cast<uint64_t *>(malloc(8 + 96));
    memset(block, 0, 104);
    block[0] = 96;
    sized = reinterpret_cast<char *>(block + 1);
    block = static_cast<uint64_t *>(malloc(24 + 50 + 1));
    memset(block, 0, 75);
    block[0] = 30;
    block[1] = 50;
    old_string = reinterpret_cast<char *>(block + 3);
    block = static_cast<uint64_t *>(malloc(24 + 50 + 1));
    memset(block, 0, 75);
    block[0] = 60;
    block[1] = 50;
    not_old_string = reinterpret_cast<char *>(block + 3);
    block = static_cast<uint64_t *>(malloc(8 + 90));
    memset(block, 0, 98);
    block[0] = 96;
    not_sized = reinterpret_cast<char *>(block + 1);
    text = new std::string(100, 'x');
    texts = new std::vector<std::string>;
    for (int i = 0; i < 20; i++) texts->push_back(std::string(5 + 3 * i, 'y'));
    new Element[3];
    new C;
    new std::string(200, 'z');
}

int main() {
    fill();
    _Exit(0);
}
