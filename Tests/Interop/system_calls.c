/*
 * System calls that fail, for LD_PRELOAD: counts the calls of a process on files under one folder, and makes one of
 * them go wrong. The child that compiles kernels is another process, whose calls go well.
 *
 *   FAULTS_FOLDER  the folder, absolute, without symbolic links; no other call is looked at
 *   FAULTS_LIST    a file outside the folder to which a line is appended for each call: its name and its path
 *   FAULTS_CALL    which call goes wrong, from 1; unset or 0 counts only
 *   FAULTS_KIND    an error number, which the call fails with and does nothing; "short": half of the bytes are read or
 *                  written; "before" or "after": the process is killed then; "cut": the file that was just mapped loses
 *                  its bytes; "flip": another byte is written than was meant
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int calls;

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static int is_under_folder(const char *path) {
  if (strcmp(program_invocation_name, "mlpack-compiler") == 0) return 0;
  const char *folder = setting("FAULTS_FOLDER");
  size_t length = strlen(folder);
  char absolute[2 * PATH_MAX];
  if (length == 0 || path == NULL) return 0;
  if (path[0] != '/') {
    if (syscall(SYS_getcwd, absolute, PATH_MAX) < 0) return 0;
    strcat(absolute, "/");
    strncat(absolute, path, PATH_MAX - 1);
    path = absolute;
  }
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The path of an open file; the empty path where it has none. */
static const char *path_of(int descriptor, char path[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t count = syscall(SYS_readlink, link, path, PATH_MAX - 1);
  path[count < 0 ? 0 : count] = '\0';
  return path;
}

static void die(void) {
  syscall(SYS_kill, (pid_t)syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

enum fate { GOES_WELL, FAILS, IS_SHORT, DIES_AFTER, IS_CUT, IS_FLIPPED };

/* Counts a call on `path`, and says what shall become of it; `errno` is then what it fails with. */
static enum fate fate_of(const char *name, const char *path) {
  if (!is_under_folder(path)) return GOES_WELL;
  int saved = errno;
  int number = atomic_fetch_add(&calls, 1) + 1;
  int list = (int)syscall(SYS_openat, AT_FDCWD, setting("FAULTS_LIST"), O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (list >= 0) {
    char line[PATH_MAX + 64];
    int count = snprintf(line, sizeof line, "%s %s\n", name, path);
    syscall(SYS_write, list, line, count);
    syscall(SYS_close, list);
  }
  errno = saved;
  if (number != atoi(setting("FAULTS_CALL"))) return GOES_WELL;
  const char *kind = setting("FAULTS_KIND");
  if (strcmp(kind, "before") == 0) die();
  if (strcmp(kind, "after") == 0) return DIES_AFTER;
  if (strcmp(kind, "short") == 0) return IS_SHORT;
  if (strcmp(kind, "cut") == 0) return IS_CUT;
  if (strcmp(kind, "flip") == 0) return IS_FLIPPED;
  errno = atoi(kind);
  return FAILS;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* A call that fails without having done anything, or is done. */
#define CALL(path, name, failed, type, ...)                                                                            \
  do {                                                                                                                 \
    enum fate fate = fate_of(#name, path);                                                                             \
    if (fate == FAILS) return failed;                                                                                  \
    type result = REAL(name)(__VA_ARGS__);                                                                             \
    if (fate == DIES_AFTER) die();                                                                                     \
    return result;                                                                                                     \
  } while (0)

/* The same for a call that reads or writes `count` bytes. */
#define TRANSFER(descriptor, name, bytes, count, ...)                                                                  \
  do {                                                                                                                 \
    char path[PATH_MAX];                                                                                               \
    enum fate fate = fate_of(#name, path_of(descriptor, path));                                                        \
    if (fate == FAILS) return -1;                                                                                      \
    ssize_t result = REAL(name)(descriptor, bytes, fate == IS_SHORT ? (count + 1) / 2 : count, ##__VA_ARGS__);         \
    if (fate == DIES_AFTER) die();                                                                                     \
    return result;                                                                                                     \
  } while (0)

#define ON_DESCRIPTOR(descriptor, name, ...)                                                                           \
  do {                                                                                                                 \
    char path[PATH_MAX];                                                                                               \
    CALL(path_of(descriptor, path), name, -1, int, descriptor, ##__VA_ARGS__);                                         \
  } while (0)

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  CALL(path, open, -1, int, path, flags, mode);
}

FILE *fopen(const char *path, const char *mode) { CALL(path, fopen, NULL, FILE *, path, mode); }
FILE *fopen64(const char *path, const char *mode) { CALL(path, fopen64, NULL, FILE *, path, mode); }
DIR *opendir(const char *path) { CALL(path, opendir, NULL, DIR *, path); }
int stat(const char *path, struct stat *status) { CALL(path, stat, -1, int, path, status); }
int lstat(const char *path, struct stat *status) { CALL(path, lstat, -1, int, path, status); }
int access(const char *path, int mode) { CALL(path, access, -1, int, path, mode); }
int mkdir(const char *path, mode_t mode) { CALL(path, mkdir, -1, int, path, mode); }
int unlink(const char *path) { CALL(path, unlink, -1, int, path); }
int rename(const char *old, const char *new) { CALL(new, rename, -1, int, old, new); }

int fstatat(int folder, const char *path, struct stat *status, int flags) {
  CALL(path, fstatat, -1, int, folder, path, status, flags);
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
  CALL(path, utimensat, -1, int, folder, path, times, flags);
}

ssize_t readlink(const char *path, char *target, size_t count) {
  CALL(path, readlink, -1, ssize_t, path, target, count);
}

ssize_t read(int file, void *target, size_t count) { TRANSFER(file, read, target, count); }

static ssize_t write_flipped(int file, const void *bytes, size_t count) {
  char *copy = malloc(count + 1);
  if (copy == NULL) abort();
  memcpy(copy, bytes, count);
  copy[count / 2] ^= 1;
  ssize_t result = syscall(SYS_write, file, copy, count);
  free(copy);
  return result;
}

ssize_t write(int file, const void *bytes, size_t count) {
  char path[PATH_MAX];
  enum fate fate = fate_of("write", path_of(file, path));
  if (fate == FAILS) return -1;
  if (fate == IS_FLIPPED) return write_flipped(file, bytes, count);
  ssize_t result = REAL(write)(file, bytes, fate == IS_SHORT ? (count + 1) / 2 : count);
  if (fate == DIES_AFTER) die();
  return result;
}

ssize_t pread(int file, void *target, size_t count, off_t offset) { TRANSFER(file, pread, target, count, offset); }

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  TRANSFER(file, pwrite, bytes, count, offset);
}

int fsync(int file) { ON_DESCRIPTOR(file, fsync); }
int ftruncate(int file, off_t count) { ON_DESCRIPTOR(file, ftruncate, count); }
int fstat(int file, struct stat *status) { ON_DESCRIPTOR(file, fstat, status); }
int fchmod(int file, mode_t mode) { ON_DESCRIPTOR(file, fchmod, mode); }

/* A descriptor is released even where closing it fails. */
int close(int file) {
  char path[PATH_MAX];
  enum fate fate = fate_of("close", path_of(file, path));
  int error = errno;
  int result = REAL(close)(file);
  if (fate == DIES_AFTER) die();
  if (fate != FAILS) return result;
  errno = error;
  return -1;
}

/* It returns its error. */
int posix_fallocate(int file, off_t offset, off_t count) {
  char path[PATH_MAX];
  enum fate fate = fate_of("posix_fallocate", path_of(file, path));
  if (fate == FAILS) return errno;
  int result = REAL(posix_fallocate)(file, offset, count);
  if (fate == DIES_AFTER) die();
  return result;
}

int fcntl(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  ON_DESCRIPTOR(file, fcntl, command, argument);
}

void *mmap(void *address, size_t count, int protection, int flags, int file, off_t offset) {
  char path[PATH_MAX] = "";
  enum fate fate = file < 0 ? GOES_WELL : fate_of("mmap", path_of(file, path));
  if (fate == FAILS) return MAP_FAILED;
  void *result = (void *)syscall(SYS_mmap, address, count, protection, flags, file, offset);
  if (fate == IS_CUT) syscall(SYS_truncate, path, 0);
  if (fate == DIES_AFTER) die();
  return result;
}
