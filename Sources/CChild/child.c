#define _GNU_SOURCE
#include "child.h"

#include <link.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

bool child_is_in_executable(void) {
  return (uintptr_t)&__ehdr_start + __ehdr_start.e_phoff == getauxval(AT_PHDR);
}

void child_begin(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Swift's runtime may have handlers that look for another program to describe a crash.
  const int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT};
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) signal(crashes[i], SIG_DFL);
}
