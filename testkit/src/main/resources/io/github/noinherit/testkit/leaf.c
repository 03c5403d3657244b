// SPDX-License-Identifier: Apache-2.0
/*
 * The leaf: a child that says what it was given, as the kernel tells it, and ends.
 *
 * It lists its own descriptor table before it opens anything else, so its report never contains
 * itself: the folder /proc/self/fd takes a number that was free, and that number is left out.
 * Raw system calls only, no stdio; it works with descriptors 0 to 2 closed.
 *
 *   leaf [--report FILE | -]  where the report goes (else $NOINHERIT_LEAF_REPORT, else stdout);
 *                             a file appears under its name only when it is complete; a device, a
 *                             FIFO or a link that is there already is written to, never replaced
 *        [--ofd A B]          adds whether two of its descriptors are one open file description;
 *                             may be given up to 32 times
 *        [--hold SECONDS]     stays after the report; ends early when its parent has gone
 *        [--exit N]           exit status
 *        [--quick]            no report: exit 1 if anything above 2 is open, else 0
 *        [WORD ...]           ignored from the first that is no option, but reported as arguments
 *
 * Exit statuses of its own: 96 bad usage, 97 the report cannot be written, 98 no /proc.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int numbers[1 << 20];
static int count;
static int out = -1;
static char buffer[1 << 16];
static size_t filled;

static void flush(void) {
  size_t done = 0;
  while (done < filled) {
    ssize_t n = write(out, buffer + done, filled - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(97);
    done += (size_t)n;
  }
  filled = 0;
}

static void put(const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (filled == sizeof buffer) flush();
    buffer[filled++] = bytes[i];
  }
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  put(line, n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* Printable ASCII but the backslash as it is, every other byte as \xHH: one line, no encoding. */
static void put_escaped(const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c >= 0x20 && c < 0x7f && c != '\\') {
      put(bytes + i, 1);
    } else {
      print("\\x%02x", c);
    }
  }
}

static void list_table(void) {
  int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) _exit(98);
  static char entries[1 << 15] __attribute__((aligned(8)));
  long n;
  while ((n = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0) {
    for (long at = 0; at < n;) {
      struct dirent64 *entry = (struct dirent64 *)(entries + at);
      at += entry->d_reclen;
      if (entry->d_name[0] == '.') continue;
      int number = atoi(entry->d_name);
      if (number != folder && count < (int)(sizeof numbers / sizeof numbers[0])) {
        numbers[count++] = number;
      }
    }
  }
  if (n < 0) _exit(98);
  close(folder);
}

static void report_table(void) {
  for (int i = 0; i < count; i++) {
    int fd = numbers[i];
    int close_on_exec = fcntl(fd, F_GETFD) & FD_CLOEXEC;
    int flags = fcntl(fd, F_GETFL) | (close_on_exec ? O_CLOEXEC : 0);
    struct stat what;
    memset(&what, 0, sizeof what);
    fstat(fd, &what);
    char path[64], link[4096];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, link, sizeof link);
    print("fd %d %d %o %llu:%llu ", fd, close_on_exec ? 1 : 0, (unsigned)flags,
          (unsigned long long)what.st_dev, (unsigned long long)what.st_ino);
    put_escaped(link, length < 0 ? 0 : (size_t)length);
    put("\n", 1);
  }
}

/* The lines of /proc/self/status that are asked for, as "status SigBlk 0000000000000000". */
static void report_status(void) {
  static char text[1 << 14];
  int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) _exit(98);
  size_t length = 0;
  ssize_t n;
  while (length < sizeof text - 1 && (n = read(fd, text + length, sizeof text - 1 - length)) > 0) {
    length += (size_t)n;
  }
  close(fd);
  text[length] = 0;
  static const char *const wanted[] = {"SigBlk", "SigIgn", "SigCgt", "Umask", "NoNewPrivs"};
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    char *colon = strchr(line, ':');
    if (!colon) continue;
    *colon = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
      if (strcmp(line, wanted[i]) == 0) {
        char *value = colon + 1 + strspn(colon + 1, " \t");
        print("status %s %s\n", line, value);
      }
    }
  }
}

static void report_limit(rlim_t value) {
  if (value == RLIM_INFINITY) {
    print(" unlimited");
  } else {
    print(" %llu", (unsigned long long)value);
  }
}

int main(int argc, char **argv) {
  list_table();
  pid_t parent = getppid();
  const char *report = getenv("NOINHERIT_LEAF_REPORT");
  int quick = 0, status = 0, pairs = 0, pair[32][2];
  double hold = 0;
  for (int i = 1; i < argc; i++) {
    int more = argc - 1 - i;
    if (strcmp(argv[i], "--report") == 0 && more >= 1) report = argv[++i];
    else if (strcmp(argv[i], "--hold") == 0 && more >= 1) hold = atof(argv[++i]);
    else if (strcmp(argv[i], "--exit") == 0 && more >= 1) status = atoi(argv[++i]);
    else if (strcmp(argv[i], "--quick") == 0) quick = 1;
    else if (strcmp(argv[i], "--ofd") == 0 && more >= 2 && pairs < 32) {
      pair[pairs][0] = atoi(argv[++i]);
      pair[pairs++][1] = atoi(argv[++i]);
    } else if (strncmp(argv[i], "--", 2) == 0 && argv[i][2]) _exit(96);
    else break;
  }
  if (quick) {
    for (int i = 0; i < count; i++) {
      if (numbers[i] > 2) _exit(1);
    }
    _exit(0);
  }

  char part[4096];
  struct stat there;
  int to_file = report && strcmp(report, "-") != 0;
  /* Only a regular file is replaced: a device, a FIFO or a link is written to as it stands. */
  int in_place = to_file && lstat(report, &there) == 0 && !S_ISREG(there.st_mode);
  if (in_place) {
    out = open(report, O_WRONLY | O_CLOEXEC);
    if (out < 0) _exit(97);
  } else if (to_file) {
    if (snprintf(part, sizeof part, "%s.part", report) >= (int)sizeof part) _exit(97);
    out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) _exit(97);
  } else {
    out = 1;
  }

  print("leaf c\n");
  report_table();
  for (int i = 0; i < argc; i++) {
    print("arg ");
    put_escaped(argv[i], strlen(argv[i]));
    put("\n", 1);
  }
  for (char **e = environ; *e; e++) {
    print("env ");
    put_escaped(*e, strlen(*e));
    put("\n", 1);
  }
  static char cwd[4096];
  ssize_t length = readlink("/proc/self/cwd", cwd, sizeof cwd);
  print("cwd ");
  put_escaped(cwd, length < 0 ? 0 : (size_t)length);
  put("\n", 1);
  report_status();
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  print("nofile");
  report_limit(limit.rlim_cur);
  report_limit(limit.rlim_max);
  put("\n", 1);
  print("ids %d %d %d %d\n", (int)getpid(), (int)parent, (int)getpgid(0), (int)getsid(0));
  for (int i = 0; i < pairs; i++) {
    int a = pair[i][0], b = pair[i][1];
    long r = syscall(SYS_kcmp, getpid(), getpid(), 0 /* KCMP_FILE */, a, b);
    print("ofd %d %d %s\n", a, b, r == 0 ? "same" : r > 0 ? "different" : strerror(errno));
  }
  print("end\n");
  flush();
  if (to_file && !in_place) {
    close(out);
    if (rename(part, report) != 0) _exit(97);
  }

  struct timespec now, end, pause = {0, 20 * 1000 * 1000};
  clock_gettime(CLOCK_MONOTONIC, &end);
  double until = (double)end.tv_sec + (double)end.tv_nsec / 1e9 + hold;
  while (hold > 0 && getppid() == parent) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((double)now.tv_sec + (double)now.tv_nsec / 1e9 >= until) break;
    nanosleep(&pause, NULL);
  }
  _exit(status);
}
