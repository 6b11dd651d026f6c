#include "compiler.h"

#include <child.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void start(int argc, char **argv) {
  if (argc != 1 || strcmp(argv[0], compiler_program_name) != 0) return;
  child_begin();
  // Who presses Ctrl-C means the program, which decides when it ends.
  signal(SIGINT, SIG_IGN);
  _exit(compiler_main());
}
