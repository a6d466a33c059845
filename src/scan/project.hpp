#pragma once

#include "scan/bindings.hpp"

#include <string>
#include <unordered_map>

namespace ungil::scan {

// One file as it was handed in.
struct Source {
    std::string path;
    std::string bytes;
    Language language;
};

// What other code does with a function. Bits, since a function may be used in several ways.
enum Use : uint8_t {
    kNoUse = 0,
    kInitialiser = 1, // PyInit_*, PyModExport_*, a Py_mod_exec or Py_mod_create slot
    kFinaliser = 2,   // dealloc, clear, traverse, free, finalize
    kTable = 4,       // a method table, a slot, a getter: Python calls it
    kAddress = 8,     // its address is taken in code
    kKeywords = 16,   // its third parameter is a dict of keyword arguments that nobody else sees
    kBound = 32,      // a binding framework shows it to Python: `.def("name", &Class::method)`
};

// A function of the project: which file, which of its functions.
struct Place {
    uint32_t file;
    uint32_t function;
};

// A call somewhere in the project.
struct CallSite {
    Place caller;
    uint32_t call; // index into the caller's Body::calls
};

struct FileFacts {
    std::string path;
    std::shared_ptr<const Tree> tree;
    // One of each per function of the tree.
    std::vector<Body> bodies;
    Bindings bindings;
    std::vector<ModuleEntry> modules;
    std::vector<uint8_t> uses;                                  // Use bits
    std::vector<bool> only_initialises;                         // it runs only while a module is initialised
    std::vector<std::vector<CallSite>> callers;                 // the calls to it, in all files
    std::unordered_map<std::string_view, uint8_t> foreign_uses; // of functions that this file does not define
};

// Functions by name. A name means the function of its own file first, and then any that other files can see.
class Names {
  public:
    explicit Names(const std::vector<FileFacts>& files);

    std::vector<Place> resolve(uint32_t file, std::string_view name) const;
    const std::vector<Place>& shared(std::string_view name) const;

  private:
    std::vector<std::unordered_map<std::string_view, uint32_t>> local_;
    std::unordered_map<std::string_view, std::vector<Place>> shared_;
};

// The files of one project, read on every core and joined: who calls whom, across files.
class Project {
  public:
    Project(std::vector<Source> sources, unsigned threads);

    const std::vector<FileFacts>& files() const { return files_; }
    const Names& names() const { return names_; }

  private:
    std::vector<FileFacts> files_;
    Names names_;
};

// Fills file.uses and file.foreign_uses from the tables, initializers and code of this one file.
void find_uses(FileFacts& file);

// Fills file.modules, and marks the functions among them as initialisers.
void find_modules(std::vector<FileFacts>& files);

// Marks the functions that a framework binds.
void bind(std::vector<FileFacts>& files, const Names& names);

// Fills callers and only_initialises, and completes `uses` with what other files do with a function.
void join(std::vector<FileFacts>& files, const Names& names);

} // namespace ungil::scan
