// A plug-in in C++ of a program in C, where nobody else has an operator new. It allocates when it is loaded, and throws.
#include <new>
#include <string>
#include <vector>

static std::vector<std::string> names(100, std::string(50, 'x'));

extern "C" int plugin_works(int count) {
    int caught = 0;
    for (int i = 0; i < count; i++) {
        names.push_back(std::string(40 + i, 'y'));
        try {
            if (i % 2) throw std::string("no");
            ::operator delete(::operator new(~0ul >> 1));
        } catch (std::bad_alloc &) {
            caught++;
        } catch (std::string &) {
            caught += 2;
        }
    }
    delete[] new (std::nothrow) char[100];
    return caught;
}
