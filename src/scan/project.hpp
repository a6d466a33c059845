#pragma once

#include "scan/body.hpp"

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
};

struct FileFacts {
    std::string path;
    std::shared_ptr<const Tree> tree;
    // One of each per function of the tree.
    std::vector<Body> bodies;
    std::vector<uint8_t> uses;                                  // Use bits
    std::vector<bool> only_initialises;                         // it runs only while a module is initialised
    std::unordered_map<std::string_view, uint8_t> foreign_uses; // of functions that this file does not define
};

// The files of one project, read on every core and joined: who calls whom, across files.
class Project {
  public:
    Project(std::vector<Source> sources, unsigned threads);

    const std::vector<FileFacts>& files() const { return files_; }

  private:
    std::vector<FileFacts> files_;
};

// Fills file.uses and file.foreign_uses from the tables, initializers and code of this one file.
void find_uses(FileFacts& file);

// Fills only_initialises, and completes `uses` with what other files do with a function.
void join(std::vector<FileFacts>& files);

} // namespace ungil::scan
