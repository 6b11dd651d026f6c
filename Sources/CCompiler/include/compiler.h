#pragma once
#include <stdint.h>

/// A program that links this has its device's compiler run in a process of its own. Started again under this name, alone and
/// without arguments, it never gets to its `main`: it runs `compiler_main`.
static const char *_Nonnull const compiler_program_name = "mlpack-compiler";

/// What the descriptor 0 is: the programs to compile, a file to map. 1 is a pipe, closed when it has ended.
enum { compiler_request = 0 };

/// What runs there; its user defines it.
///
/// Returns the process's exit status.
int32_t compiler_main(void);
