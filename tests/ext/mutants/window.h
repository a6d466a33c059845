// WINDOW(n): a place between two instructions where a second thread does harm.
//
// It is nothing, unless PAUSED is defined: then a test says which thread stops at which window, and who runs meanwhile.
// See window.c. Windows are numbered within one mutant; those of a library that an extension calls start at 100.
#pragma once

#ifdef PAUSED

#ifdef __cplusplus
extern "C"
#endif
    void window_reached(int window);

#define WINDOW(n) window_reached(n)

#else

#define WINDOW(n) ((void)0)

#endif
