#include "sync/hash_table.hpp"

#include "compat.hpp"

namespace ungil::sync {

namespace {

// Whether most chains would be longer than a bucket if there were more entries.
bool is_full(const Table* table, Py_ssize_t entries) noexcept {
    return 2 * entries > 5 * static_cast<Py_ssize_t>(table->size());
}

// Takes the entry out of the chain; its references are the caller's.
Entry take(const Place& place) noexcept {
    const Entry entry{place.key().load(), place.value().load()};
    place.empty();
    return entry;
}

// For keys of a chain that is locked: it owns them, so it is not too late for a reference.
bool take_reference(PyObject* key) noexcept {
    Py_INCREF(key);
    return true;
}

// For take_one(), with the chain locked.
Entry take_unmarked(Chain chain) noexcept {
    Entry taken{nullptr, nullptr};
    any_entry(chain, [&taken](const Place& place) {
        if (place.marked()) {
            place.mark(false);
            return false;
        }
        taken = take(place);
        return true;
    });
    return taken;
}

} // namespace

bool HashTable::is_current(const Table* table) const noexcept {
    return table_.load(std::memory_order_acquire) == table;
}

PyObject* HashTable::get(PyObject* key, Py_hash_t hash, bool mark) {
    KeyComparisons comparisons(key);
    PyObject* value = get(hash, mark, comparisons);
    comparisons.finish();
    return value;
}

PyObject* HashTable::get(Py_hash_t hash, bool mark, KeyComparisons& comparisons) {
    for (;;) {
        Table* table = table_.load(std::memory_order_acquire);
        const Chain chain = table->chain(hash);
        const Version::Value version = chain.version().begin_read();
        const Walk walk = find_key(chain, hash, comparisons);
        PyObject* value = nullptr;
        if (walk.probe == Probe::found) {
            value = walk.place.value().load();
            if (!value || !try_incref(value)) {
                continue; // the chain was changed under this walk
            }
        } else if (!comparisons.hold(try_incref)) {
            continue;
        }
        if (!chain.version().unchanged_since(version) || (Version::is_frozen(version) && !is_current(table))) {
            walk.probe == Probe::found ? Py_DECREF(value) : comparisons.release();
            continue;
        }
        if (walk.probe == Probe::unclear) {
            if (!comparisons.compare()) {
                return nullptr;
            }
            continue;
        }
        if (value && mark) {
            walk.place.mark(true);
        }
        return value;
    }
}

Edited HashTable::edit(PyObject* key, Py_hash_t hash, const Edit& edit) {
    KeyComparisons comparisons(key);
    const Edited edited = this->edit(hash, edit, comparisons);
    comparisons.finish();
    return edited;
}

Edited HashTable::edit(Py_hash_t hash, const Edit& edit, KeyComparisons& comparisons) {
    PyObject* key = comparisons.key();
    const bool adds = edit.value && edit.if_absent;
    if (edit.value) {
        enable_try_incref(key);
        enable_try_incref(edit.value);
    }
    for (;;) {
        Table* table = table_.load(std::memory_order_acquire);
        if (table == Table::none() && !adds) {
            return {};
        }
        const Chain chain = table->chain(hash);
        if (!chain.version().lock()) {
            if (!await_thaw(table)) {
                return {true};
            }
            continue;
        }
        const Walk walk = find_key(chain, hash, comparisons);
        if (walk.probe == Probe::unclear) {
            comparisons.hold(take_reference);
            chain.version().unlock();
            if (!comparisons.compare()) {
                return {true};
            }
            continue;
        }
        const Edited edited = apply(chain, walk, key, hash, edit);
        chain.version().unlock();
        settle(table, edited);
        return edited;
    }
}

PyObject* HashTable::set_default(PyObject* key, Py_hash_t hash, PyObject* value) {
    Edit put{value};
    put.if_present = false;
    const Edited edited = edit(key, hash, put);
    return edited.applied ? Py_NewRef(value) : edited.before;
}

// For edit(), with the chain locked.
Edited HashTable::apply(Chain chain, const Walk& walk, PyObject* key, Py_hash_t hash, const Edit& edit) noexcept {
    Edited edited;
    if (walk.probe == Probe::found) {
        edited.before = walk.place.value().load();
        edited.applied = edit.if_present && (!edit.expected || edit.expected == edited.before);
        if (!edited.applied) {
            Py_INCREF(edited.before);
        } else if (edit.value) {
            walk.place.value().store(Py_NewRef(edit.value));
        } else {
            edited.removed_key = take(walk.place).key;
            edited.growth = -1;
        }
    } else if (edit.value && edit.if_absent) {
        const Place added = add(chain, key, edit.value, hash);
        edited.applied = static_cast<bool>(added);
        edited.failed = !edited.applied;
        if (edited.applied) {
            Py_INCREF(key);
            Py_INCREF(edit.value);
            edited.growth = 1;
            edited.crowded = added.at.bucket != chain.bucket;
        }
    }
    return edited;
}

// What is left to do for edit() once the chain is unlocked.
void HashTable::settle(Table* table, const Edited& edited) {
    if (edited.failed) {
        PyErr_NoMemory();
    }
    if (edited.growth != 0) {
        size_.add(edited.growth);
    }
    if (edited.crowded && is_full(table, size())) {
        grow(table); // without memory for that, chains get longer
    }
    Py_XDECREF(edited.removed_key);
}

void HashTable::remove_value(Py_hash_t hash, PyObject* value) {
    Entry removed{nullptr, nullptr};
    for (bool done = false; !done;) {
        Table* table = table_.load(std::memory_order_acquire);
        const Chain chain = table->chain(hash);
        if (table == Table::none()) {
            return;
        }
        if (!chain.version().lock()) {
            await_thaw(table);
            continue;
        }
        if (const Place place = find_value(chain, hash, value)) {
            removed = take(place);
        }
        chain.version().unlock();
        done = true;
    }
    if (removed.key) {
        size_.add(-1);
        Py_DECREF(removed.key);
        Py_DECREF(removed.value);
    }
}

// Goes round the whole table twice by itself: if threads shared the chains of one round, each could miss an entry that
// is in another's share, and find the table empty.
Entry HashTable::take_one() {
    Entry taken{nullptr, nullptr};
    Table* table = table_.load(std::memory_order_acquire);
    std::size_t at = hand_.fetch_add(1, std::memory_order_relaxed);
    std::size_t steps = 0;
    for (; !taken.key && table != Table::none() && steps <= 2 * table->size(); ++at, ++steps) {
        const Chain chain = table->at(at % table->size());
        if (chain.version().lock()) {
            taken = take_unmarked(chain);
            chain.version().unlock();
            continue;
        }
        await_thaw(table);
        if (!is_current(table)) {
            table = table_.load(std::memory_order_acquire);
            steps = 0;
        }
    }
    hand_.fetch_add(steps > 0 ? steps - 1 : 0, std::memory_order_relaxed);
    if (taken.key) {
        size_.add(-1);
    }
    return taken;
}

Py_ssize_t HashTable::size() const noexcept {
    const std::int64_t sum = size_.sum().clamped();
    return sum > 0 ? static_cast<Py_ssize_t>(sum) : 0;
}

} // namespace ungil::sync
