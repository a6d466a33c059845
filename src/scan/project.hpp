#pragma once

#include "scan/bindings.hpp"
#include "scan/body.hpp"
#include "scan/statics.hpp"

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
enum Use : uint16_t {
    kNoUse = 0,
    kInitialiser = 1,    // PyInit_*, PyModExport_*, a Py_mod_exec or Py_mod_create slot
    kFinaliser = 2,      // dealloc, clear, traverse, free, finalize
    kTable = 4,          // a method table, a slot, a getter: Python calls it
    kAddress = 8,        // its address is taken in code
    kKeywords = 16,      // its third parameter is a dict of keyword arguments that nobody else sees
    kConstructor = 32,   // tp_new: nobody has the object yet
    kReinitialiser = 64, // tp_init: nobody has the object yet, unless __init__ is called again
    kIterator = 128,     // tp_iternext
    kBuffer = 256,       // bf_getbuffer, bf_releasebuffer
    kBound = 512,        // a binding framework shows it to Python: `.def("name", &Class::method)`
};

// What a function does to the state of an object that other threads may have too, without a lock.
enum class Hazard : uint8_t {
    Flag,      // it sets a plain field to a number that stands in the source
    Borrow,    // it uses an object that a field holds, and that another function replaces
    Read,      // it follows a pointer that another function replaces
    Write,     // it sets a plain field
    Update,    // it reads and writes a plain field
    Deep,      // it changes what a field holds or points to
    Pointer,   // it replaces a pointer
    Temporary, // it changes a field, does something else, and changes it back
    Lazy,      // it fills a field that it found empty
    Release,   // it gives up what a field holds: two threads give it up twice
};

struct Exposure {
    Place function;
    uint32_t token; // the access, or the call that makes it
    const Record* record;
    const Variable* field;
    Hazard hazard;
    bool entered;           // Python calls the function, and a lock would be taken here
    std::string_view via;   // the helper that makes the access, or empty
    std::string_view other; // another function that changes the field, or empty
    uint32_t guarded;       // places that use the field under a lock
    uint32_t unguarded;     // and without one
};

// A call somewhere in the project.
struct CallSite {
    Place caller;
    uint32_t call; // index into the caller's Body::calls
};

// What every way into a function has locked before. Bits.
enum CalledUnder : uint8_t {
    kNoLock = 0,
    kSomeLock = 1,  // each caller holds a lock, or is called that way itself
    kSomeMutex = 2, // and it is a mutex, not a critical section
};

// A name that a thread is started with, or that a binding library calls detached.
struct RunDetached {
    Range name; // `work`, `Class::work`
    bool thread;
};

struct FileFacts {
    std::string path;
    std::shared_ptr<const Tree> tree;
    // One of each per function of the tree.
    std::vector<Body> bodies;
    // By the name that is called, in source order: the function that calls, and the index into its calls.
    std::unordered_map<std::string_view, std::vector<std::pair<uint32_t, uint32_t>>> calls_named;
    Bindings bindings;
    bool speaks_to_python = false; // a name of the C API, or of a framework that binds to it, stands in its code
    std::vector<ModuleEntry> modules;
    std::vector<uint16_t> uses;                                  // Use bits
    std::vector<bool> only_initialises;                          // it runs only while a module is initialised
    std::vector<std::vector<CallSite>> callers;                  // the calls to it, in all files
    std::vector<uint8_t> called_under;                           // CalledUnder bits
    std::vector<bool> only_detached;                             // it runs only while its thread is detached
    std::vector<bool> starts_thread;                             // a native thread begins with it
    std::vector<RunDetached> run_detached;                       // names that are bound or started detached
    std::unordered_map<std::string_view, uint16_t> foreign_uses; // of functions that this file does not define
};

// Functions by name. A name means the function of its own file first, and then any that other files can see.
class Names {
  public:
    explicit Names(const std::vector<FileFacts>& files);

    std::vector<Place> resolve(uint32_t file, std::string_view name) const;
    const std::vector<Place>& shared(std::string_view name) const;

  private:
    void note_local(uint32_t file, uint32_t function, std::string_view name, bool is_c);

    // In C, the same name again in one file is another branch's definition of one function.
    std::vector<std::unordered_map<std::string_view, uint32_t>> local_;
    std::vector<std::unordered_map<uint32_t, uint32_t>> again_; // by file: the next function of the same name
    std::unordered_map<std::string_view, std::vector<Place>> shared_;
};

// The files of one project, read on every core and joined: who calls whom, across files.
class Project {
  public:
    Project(std::vector<Source> sources, unsigned threads);

    const std::vector<FileFacts>& files() const { return files_; }
    const Names& names() const { return names_; }
    const std::vector<Exposure>& exposures() const { return exposures_; }
    const Statics& statics() const { return statics_; }

  private:
    std::vector<FileFacts> files_;
    Names names_;
    std::vector<Exposure> exposures_;
    Statics statics_;
};

// Fills file.uses and file.foreign_uses from the tables, initializers and code of this one file.
void find_uses(FileFacts& file);

// Fills file.modules, and marks the functions among them as initialisers.
void find_modules(std::vector<FileFacts>& files);

// Marks the functions that a framework binds.
void find_bound(std::vector<FileFacts>& files, const Names& names);

// Fills callers and only_initialises, and completes `uses` with what other files do with a function.
void join(std::vector<FileFacts>& files, const Names& names);

} // namespace ungil::scan
