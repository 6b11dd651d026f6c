#pragma once
#include <stdbool.h>

/// For programs that are started again beside themselves, under another name and without arguments, to do one piece of work:
/// a constructor sees that name and does it, so that the program never gets to its `main`.

/// Whether this code is part of the program's own executable, so that the program, started again, runs it before
/// all else. It is not where it came with a library, in a plug-in of another program, say.
bool child_is_in_executable(void);

/// What every child begins with: it ends when the thread does that started it, and by a signal where it crashes.
void child_begin(void);
