#include "scan/lock_verbs.hpp"

#include "scan/words.hpp"

namespace ungil::scan {
namespace {

constexpr LockVerb kSection{true, LockKind::CriticalSection, LockForm::Macro};
constexpr LockVerb kSectionEnd{false, LockKind::CriticalSection, LockForm::Macro};
constexpr LockVerb kSectionCall{true, LockKind::CriticalSection, LockForm::Calls, 1};
constexpr LockVerb kSectionCallEnd{false, LockKind::CriticalSection, LockForm::Calls};
constexpr LockVerb kLock{true, LockKind::Mutex, LockForm::Calls};
constexpr LockVerb kTry{true, LockKind::Mutex, LockForm::Calls, 0, true};
constexpr LockVerb kUnlock{false, LockKind::Mutex, LockForm::Calls};

using Verbs = std::unordered_map<std::string_view, LockVerb>;

const Verbs& verbs() {
    static const Verbs known{
        {"Py_BEGIN_CRITICAL_SECTION", kSection},
        {"Py_BEGIN_CRITICAL_SECTION2", kSection},
        {"Py_BEGIN_CRITICAL_SECTION_MUTEX", kSection},
        {"Py_BEGIN_CRITICAL_SECTION2_MUTEX", kSection},
        {"Py_BEGIN_CRITICAL_SECTION_SEQUENCE_FAST", kSection},
        {"Py_END_CRITICAL_SECTION", kSectionEnd},
        {"Py_END_CRITICAL_SECTION2", kSectionEnd},
        {"Py_END_CRITICAL_SECTION_SEQUENCE_FAST", kSectionEnd},
        {"PyCriticalSection_Begin", kSectionCall},
        {"PyCriticalSection_BeginMutex", kSectionCall},
        {"PyCriticalSection2_Begin", kSectionCall},
        {"PyCriticalSection2_BeginMutex", kSectionCall},
        {"PyCriticalSection_End", kSectionCallEnd},
        {"PyCriticalSection2_End", kSectionCallEnd},
        {"PyMutex_Lock", kLock},
        {"PyMutex_LockFlags", kLock},
        {"_PyMutex_LockFlags", kLock},
        {"PyMutex_LockFast", kTry},
        {"PyMutex_Unlock", kUnlock},
        {"_PyRecursiveMutex_Lock", kLock},
        {"_PyRecursiveMutex_Unlock", kUnlock},
        {"PyThread_acquire_lock", kLock},
        {"PyThread_acquire_lock_timed", kTry},
        {"PyThread_release_lock", kUnlock},
        {"pthread_mutex_lock", kLock},
        {"pthread_mutex_trylock", kTry},
        {"pthread_mutex_timedlock", kTry},
        {"pthread_mutex_unlock", kUnlock},
        {"pthread_rwlock_rdlock", kLock},
        {"pthread_rwlock_wrlock", kLock},
        {"pthread_rwlock_tryrdlock", kTry},
        {"pthread_rwlock_trywrlock", kTry},
        {"pthread_rwlock_unlock", kUnlock},
        {"pthread_spin_lock", kLock},
        {"pthread_spin_trylock", kTry},
        {"pthread_spin_unlock", kUnlock},
        {"mtx_lock", kLock},
        {"mtx_trylock", kTry},
        {"mtx_timedlock", kTry},
        {"mtx_unlock", kUnlock},
        {"os_unfair_lock_lock", kLock},
        {"os_unfair_lock_unlock", kUnlock},
        {"EnterCriticalSection", kLock},
        {"TryEnterCriticalSection", kTry},
        {"LeaveCriticalSection", kUnlock},
        {"AcquireSRWLockExclusive", kLock},
        {"AcquireSRWLockShared", kLock},
        {"TryAcquireSRWLockExclusive", kTry},
        {"TryAcquireSRWLockShared", kTry},
        {"ReleaseSRWLockExclusive", kUnlock},
        {"ReleaseSRWLockShared", kUnlock},
        {"omp_set_lock", kLock},
        {"omp_set_nest_lock", kLock},
        {"omp_unset_lock", kUnlock},
        {"omp_unset_nest_lock", kUnlock},
        // A spin lock: `while (atomic_flag_test_and_set(&flag)) { }`.
        {"atomic_flag_test_and_set", kLock},
        {"atomic_flag_test_and_set_explicit", kLock},
        {"atomic_flag_clear", kUnlock},
        {"atomic_flag_clear_explicit", kUnlock},
        {"__sync_lock_test_and_set", kLock},
        {"__sync_lock_release", kUnlock},
    };
    return known;
}

} // namespace

const LockVerb* find_lock_verb(std::string_view name) {
    auto found = verbs().find(name);
    return found == verbs().end() ? nullptr : &found->second;
}

std::string plain(std::string_view name) {
    std::string result;
    for (char c : name) {
        if (c != '_') {
            result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return result;
}

bool find_guard_type(std::string_view name, GuardType& guard) {
    static const std::unordered_map<std::string_view, LockKind> known{
        {"lock_guard", LockKind::Mutex},
        {"unique_lock", LockKind::Mutex},
        {"scoped_lock", LockKind::Mutex},
        {"shared_lock", LockKind::Mutex},
        {"ft_lock_guard", LockKind::Mutex},
        {"MutexLock", LockKind::Mutex},
        {"ReaderMutexLock", LockKind::Mutex},
        {"WriterMutexLock", LockKind::Mutex},
        {"ft_object_guard", LockKind::CriticalSection},
        {"ft_object2_guard", LockKind::CriticalSection},
        {"scoped_critical_section", LockKind::CriticalSection},
    };
    if (auto found = known.find(name); found != known.end()) {
        guard = {found->second, true};
        return true;
    }
    if (name.size() < 5 || name.size() > 40) {
        return false;
    }
    std::string word = plain(name);
    if (contains(word, "gil") || contains(word, "block") || contains(word, "clock")) {
        return false;
    }
    bool says = contains(word, "guard") || contains(word, "lock") || contains(word, "synchroni");
    guard = {LockKind::Mutex, false};
    return says;
}

bool names_a_lock(std::string_view name) {
    std::string word = plain(name);
    if (contains(word, "block") || contains(word, "clock") || contains(word, "gil")) {
        return false;
    }
    return contains(word, "mutex") || contains(word, "lock") || contains(word, "mtx") || word == "mu" || word == "m";
}

bool says_locked(std::string_view name) {
    std::string word = plain(name);
    if (word.size() > 4 && word.compare(word.size() - 4, 4, "impl") == 0) {
        word.resize(word.size() - 4);
    }
    for (std::string_view end : {"unlocked", "locked", "lockheld", "withlock", "underlock", "nolock", "mutexheld"}) {
        bool ends = word.size() > end.size() && word.compare(word.size() - end.size(), end.size(), end) == 0;
        if (ends && word.compare(0, 2, "is") != 0) {
            return true;
        }
    }
    return false;
}

std::string name_that_takes(std::string_view name) {
    size_t at = name.find("nlock");
    bool upper = at == std::string_view::npos;
    at = upper ? name.find("NLOCK") : at;
    if (at == std::string_view::npos || at == 0 || (name[at - 1] | 32) != 'u') {
        return {};
    }
    std::string takes(name.substr(0, at - 1));
    std::string_view rest = name.substr(at + 1);
    takes += name[at - 1] == 'U' && !upper ? "Lock" : std::string(rest.substr(0, 4));
    takes += rest.substr(4);
    return takes;
}

} // namespace ungil::scan
