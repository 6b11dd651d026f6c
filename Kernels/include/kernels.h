#pragma once
#include <stddef.h>

/// One OpenCL C file of this folder, as the compiler embedded it.
typedef struct {
  /// The file's path in this folder: "softmax.cl", or "gpu/conv2d.cl" for what GPUs have in a form of its own.
  const char *_Nonnull name;
  /// The file's bytes, followed by a zero that `length` does not count.
  const char *_Nonnull source;
  size_t length;
} KernelSource;

/// Number of files.
size_t kernel_source_count(void);

/// The file at `index`; "common.cl", which the others build on, is the first.
KernelSource kernel_source(size_t index);
