// SPDX-License-Identifier: Apache-2.0
/*
 * The yardstick: posix_spawn as a careful C program uses it, so that the child has its three standard
 * streams and what is handed on, and nothing else (posix_spawn_file_actions_addclosefrom_np, glibc
 * 2.34).
 *
 *   spawn-worker OPEN
 *
 * opens OPEN more descriptors and then obeys lines on standard input, as the Java workers do:
 *
 *   inherit N   N children, standard streams inherited
 *   pipes N     N children, each with three pipes; both outputs are read to end of file
 *   pass N      as pipes, and the newest descriptor handed on as 3
 *
 * The answer to each is one line of N durations in nanoseconds: from before the first pipe is made to
 * after the last of a child's descriptors is closed and the child is waited for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP 5

extern char **environ;

static char *const program[] = {"/bin/true", NULL};
static int newest;

static void check(int error, const char *call) {
  if (error != 0) {
    fprintf(stderr, "spawn-worker: %s: %s\n", call, strerror(error));
    exit(1);
  }
}

static void check_errno(int result, const char *call) { check(result < 0 ? errno : 0, call); }

static void wait_for(pid_t pid) {
  int status;
  check_errno(waitpid(pid, &status, 0), "waitpid");
  if (status != 0) {
    fprintf(stderr, "spawn-worker: the child ended with status %x\n", status);
    exit(1);
  }
}

static void inherit(void) {
  posix_spawn_file_actions_t actions;
  pid_t pid;
  check(posix_spawn_file_actions_init(&actions), "file_actions_init");
  check(posix_spawn_file_actions_addclosefrom_np(&actions, 3), "addclosefrom_np");
  check(posix_spawn(&pid, program[0], &actions, NULL, program, environ), "posix_spawn");
  check(posix_spawn_file_actions_destroy(&actions), "file_actions_destroy");
  wait_for(pid);
}

static void read_to_end(int fd) {
  char buffer[8192];
  ssize_t n;
  while ((n = read(fd, buffer, sizeof buffer)) != 0) {
    check_errno((int)n, "read");
  }
}

static void pipes(int pass) {
  int in[2], out[2], err[2];
  posix_spawn_file_actions_t actions;
  pid_t pid;
  check_errno(pipe2(in, O_CLOEXEC), "pipe2");
  check_errno(pipe2(out, O_CLOEXEC), "pipe2");
  check_errno(pipe2(err, O_CLOEXEC), "pipe2");
  check(posix_spawn_file_actions_init(&actions), "file_actions_init");
  check(posix_spawn_file_actions_adddup2(&actions, in[0], 0), "adddup2");
  check(posix_spawn_file_actions_adddup2(&actions, out[1], 1), "adddup2");
  check(posix_spawn_file_actions_adddup2(&actions, err[1], 2), "adddup2");
  if (pass) {
    check(posix_spawn_file_actions_adddup2(&actions, newest, 3), "adddup2");
  }
  check(posix_spawn_file_actions_addclosefrom_np(&actions, pass ? 4 : 3), "addclosefrom_np");
  check(posix_spawn(&pid, program[0], &actions, NULL, program, environ), "posix_spawn");
  check(posix_spawn_file_actions_destroy(&actions), "file_actions_destroy");
  check_errno(close(in[0]), "close");
  check_errno(close(out[1]), "close");
  check_errno(close(err[1]), "close");
  read_to_end(out[0]);
  read_to_end(err[0]);
  wait_for(pid);
  check_errno(close(in[1]), "close");
  check_errno(close(out[0]), "close");
  check_errno(close(err[0]), "close");
}

static long now(void) {
  struct timespec t;
  check_errno(clock_gettime(CLOCK_MONOTONIC, &t), "clock_gettime");
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static long once(const char *what) {
  long start = now();
  if (strcmp(what, "inherit") == 0) {
    inherit();
  } else {
    pipes(strcmp(what, "pass") == 0);
  }
  return now() - start;
}

int main(int argc, char **argv) {
  int open_files = argc == 2 ? atoi(argv[1]) : -1;
  char what[16];
  int count;
  struct rlimit limit;
  if (open_files < 1) {
    fprintf(stderr, "usage: spawn-worker OPEN, OPEN from 1 up\n");
    return 2;
  }
  check_errno(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  check_errno(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
  for (int i = 0; i < open_files; i++) {
    newest = open("/dev/null", O_RDONLY);
    check_errno(newest, "open");
  }
  while (scanf("%15s %d", what, &count) == 2) {
    long *taken = malloc(sizeof(long) * (size_t)count);
    check(taken == NULL ? ENOMEM : 0, "malloc");
    for (int i = 0; i < WARM_UP; i++) {
      once(what);
    }
    for (int i = 0; i < count; i++) {
      taken[i] = once(what);
    }
    for (int i = 0; i < count; i++) {
      printf("%ld ", taken[i]);
    }
    printf("\n");
    fflush(stdout);
    free(taken);
  }
  return 0;
}
