#pragma once
#include <spawn.h>
#include <stddef.h>

// What Glibc declares for programs alone that ask for more than POSIX, which Swift's modules do not.

extern int memfd_create(const char *name, unsigned int flags);
static const unsigned int mlpack_memfd_cloexec = 1;

extern int pipe2(int descriptors[2], int flags);

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// A variable that anybody may change is none for Swift.
static inline char *const *mlpack_environment(void) {
  extern char **environ;
  return environ;
}

extern int malloc_trim(size_t pad);

// From Linux 5.14 on, and in <linux/mman.h>.
static const int mlpack_madv_populate_read = 22;
