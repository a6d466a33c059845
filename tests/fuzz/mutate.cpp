// Real files, mutated at random, through the scanner:
//
//     mutate COUNT FILE...
//
// Each run takes one file, cuts, doubles, moves, or replaces a few stretches of it, or puts in a word that the scanner
// knows, and reads the outcome. The seed is fixed, so a run can be repeated. It exits with 1 if memory grows: if the
// process holds a tenth more, and 16 MiB more, after the last quarter of the runs than before it.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kLongest = 100'000; // bytes of one file: mutations, not megabytes, are what is tried
constexpr long kPages = 4096;

const char* const kWords[] = {"{",
                              "}",
                              "(",
                              ")",
                              "[",
                              "]",
                              "<",
                              ">",
                              ";",
                              ":",
                              "\"",
                              "'",
                              "/*",
                              "*/",
                              "//",
                              "\\\n",
                              "#if A\n",
                              "#else\n",
                              "#endif\n",
                              "#define X(",
                              "R\"x(",
                              "->",
                              "operator",
                              "template",
                              "class ",
                              "namespace",
                              "requires ",
                              "try ",
                              "catch (",
                              "Py_BEGIN_CRITICAL_SECTION(a);",
                              "Py_END_CRITICAL_SECTION();",
                              "Py_BEGIN_ALLOW_THREADS",
                              "case ",
                              "else ",
                              "~",
                              "= {",
                              "extern \"C\" {",
                              "static ",
                              "PyMutex_Lock(&m);"};

std::string read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Mutator {
  public:
    explicit Mutator(uint32_t seed) : chance_(seed) {}

    size_t below(size_t count) { return count == 0 ? 0 : chance_() % count; }

    std::string mutate(std::string text) {
        if (text.size() > kLongest) {
            text = text.substr(below(text.size() - kLongest), kLongest);
        }
        for (size_t i = 0, count = 1 + below(12); i < count; ++i) {
            step(text);
        }
        return text;
    }

  private:
    void step(std::string& text) {
        size_t at = below(text.size() + 1), length = below(below(8) == 0 ? 3000 : 40);
        std::string piece = text.substr(at, length);
        switch (below(6)) {
        case 0:
            text.erase(at, length);
            break;
        case 1:
            text.insert(at, piece);
            break;
        case 2:
            text.insert(below(text.size() + 1), piece);
            break;
        case 3:
            text.insert(at, 1, static_cast<char>(below(256)));
            break;
        default:
            text.insert(at, kWords[below(std::size(kWords))]);
        }
    }

    std::mt19937 chance_;
};

long resident_pages() {
    std::ifstream file("/proc/self/statm");
    long total = 0, resident = 0;
    file >> total >> resident;
    return resident;
}

int run(size_t count, const std::vector<std::string>& files) {
    Mutator mutator(20260101);
    long before = 0;
    double slowest = 0;
    for (size_t i = 0; i < count; ++i) {
        std::string text = mutator.mutate(files[mutator.below(files.size())]);
        std::ofstream("fuzz-crash.c", std::ios::binary) << text; // still there if this one crashes
        auto start = std::chrono::steady_clock::now();
        LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
        std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        slowest = std::max(slowest, took.count());
        if (i == count * 3 / 4) {
            before = resident_pages();
        }
    }
    std::remove("fuzz-crash.c");
    long after = resident_pages();
    std::printf("%zu mutated files read; the slowest took %.2f s; memory %ld MiB, then %ld MiB\n", count, slowest,
                before * kPages >> 20, after * kPages >> 20);
    bool grows = after > before + before / 10 && (after - before) * kPages > (16 << 20);
    return grows ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
    std::vector<std::string> files;
    for (int i = 2; i < argc; ++i) {
        files.push_back(read(argv[i]));
    }
    if (files.empty()) {
        std::fprintf(stderr, "usage: mutate COUNT FILE...\n");
        return 2;
    }
    return run(std::strtoul(argv[1], nullptr, 10), files);
}
