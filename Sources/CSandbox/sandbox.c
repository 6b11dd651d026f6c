#define _GNU_SOURCE
#include "sandbox.h"

#include <child.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Exit statuses of a sandbox that could not be set up.
enum { no_limits = 2, no_input = 3, no_filter = 4 };

// What the weights of a network, and libhdf5 at work on them, take at most.
static const rlim_t work_bytes = (rlim_t)3 << 29;

static void limit(int resource, rlim_t value) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) _exit(no_limits);
  // What is limited more tightly already stays so.
  if (value < limit.rlim_max) limit.rlim_max = value;
  limit.rlim_cur = limit.rlim_max;
  // The signal of the lower limit tells more than that of the upper one, which kills.
  if (resource == RLIMIT_CPU && limit.rlim_cur > 1) limit.rlim_cur--;
  if (setrlimit(resource, &limit) != 0) _exit(no_limits);
}

typedef struct {
  const void *base;
  size_t size;
} Mapped;

static Mapped map(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) _exit(no_input);
  size_t size = (size_t)status.st_size;
  void *base = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (base == MAP_FAILED || close(descriptor) != 0) _exit(no_input);
  return (Mapped){base, size};
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

// Leaves the system calls that computing takes: memory, locks, random numbers, writing to what is open, the end.
// All others fail as if they were forbidden to this user: libraries are prepared for that.
static void forbid_all_but_computing(void) {
#ifdef ARCHITECTURE
#define ALLOW(call) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(write),
      ALLOW(brk),
      ALLOW(mmap),
      ALLOW(munmap),
      ALLOW(mremap),
      ALLOW(mprotect),
      ALLOW(madvise),
      ALLOW(futex),
      ALLOW(gettid),
      ALLOW(getrandom),
      ALLOW(clock_gettime),
      ALLOW(rt_sigprocmask),
      ALLOW(rt_sigreturn),
      ALLOW(exit),
      ALLOW(exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) return;
  // A kernel without filters: the limits remain.
  if (errno != EINVAL && errno != ENOSYS) _exit(no_filter);
#endif
}

// The order matters: everything is given up before the first byte of the file is looked at.
__attribute__((constructor)) static void start(int argc, char **argv) {
  if (argc != 1 || strcmp(argv[0], sandbox_program_name) != 0) return;
  child_begin();
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CPU, sandbox_seconds + 1);
  Mapped request = map(sandbox_request);
  Mapped file = map(sandbox_file);
  limit(RLIMIT_AS, work_bytes + 2 * (rlim_t)file.size + (rlim_t)request.size);
  // The answer's pipe is open; nothing else ever will be.
  limit(RLIMIT_NOFILE, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(no_filter);
  forbid_all_but_computing();
  _exit(sandbox_main(request.base, request.size, file.base, file.size));
}
