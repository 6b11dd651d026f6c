#pragma once
#include <stddef.h>
#include <stdint.h>

/// A program that links this is its own sandbox. Started again under this name, alone and without arguments, it
/// never gets to its `main`: it gives up what it could do harm with and runs `sandbox_main`.
static const char *_Nonnull const sandbox_program_name = "mlpack-sandbox";

/// The descriptors that the program in the sandbox is started with; there is no standard error.
enum {
  /// What it is asked, a file to map.
  sandbox_request = 0,
  /// Where its answer goes, a pipe.
  sandbox_answer = 1,
  /// The file that it works on, to map.
  sandbox_file = 3,
};

/// Seconds of processor time after which it is ended.
static const int sandbox_seconds = 10;

/// What runs in the sandbox; its user defines it. Both are mapped to read alone.
///
/// Returns the program's exit status.
int32_t sandbox_main(
    const void *_Nonnull request, size_t request_size, const void *_Nonnull file, size_t file_size);
