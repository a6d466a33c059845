// A library in C that an extension loads when it needs it, by its name, as one does with plugins and with libraries that
// may be absent. Like the other one it leaves locks to its callers.
#pragma once

typedef struct Log Log;

typedef struct {
    Log* (*open)(void);
    void (*close)(Log* log);
    int (*append)(Log* log, long value); // 0 without memory
    long (*sum)(const Log* log);
} Plugin;

#define PLUGIN_SYMBOL "plugin"
