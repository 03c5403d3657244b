// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Something a test may need that a machine may lack. */
public enum Need {
  /** A C compiler: {@code cc} or {@code gcc}. */
  COMPILER {
    @Override
    public Optional<String> lack() {
      return Programs.find("cc").or(() -> Programs.find("gcc")).isPresent()
          ? Optional.empty()
          : Optional.of("neither cc nor gcc is in PATH");
    }
  },
  /** GNU as and objcopy. */
  ASSEMBLER {
    @Override
    public Optional<String> lack() {
      return program("as").or(() -> program("objcopy"));
    }
  },
  /** python3. */
  PYTHON3 {
    @Override
    public Optional<String> lack() {
      return program("python3");
    }
  },
  /** gunicorn. */
  GUNICORN {
    @Override
    public Optional<String> lack() {
      return Gunicorn.command().isPresent()
          ? Optional.empty()
          : Optional.of("it is not in PATH, and build/fetch-gunicorn was not run");
    }
  },
  /** strace, and the right to trace. */
  STRACE {
    @Override
    public Optional<String> lack() {
      return program("strace");
    }
  },
  /** systemd-socket-activate, which needs no systemd to run. */
  SYSTEMD_SOCKET_ACTIVATE {
    @Override
    public Optional<String> lack() {
      return program("systemd-socket-activate");
    }
  },
  /** systemd-analyze, which reads units where no systemd runs. */
  SYSTEMD_ANALYZE {
    @Override
    public Optional<String> lack() {
      return program("systemd-analyze");
    }
  },
  /** ss, of iproute2. */
  SS {
    @Override
    public Optional<String> lack() {
      return program("ss");
    }
  },
  /** To be root. */
  ROOT {
    @Override
    public Optional<String> lack() {
      try {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)
            ? Optional.empty()
            : Optional.of("not root");
      } catch (IOException e) {
        return Optional.of("cannot tell who we are: " + e);
      }
    }
  },
  /** Seccomp filters that answer with an errno, on a machine whose system calls are known here. */
  SECCOMP {
    @Override
    public Optional<String> lack() {
      String machine = System.getProperty("os.arch");
      if (!machine.equals("amd64") && !machine.equals("aarch64")) {
        return Optional.of("no table of system calls for " + machine);
      }
      Path actions = Path.of("/proc/sys/kernel/seccomp/actions_avail");
      try {
        return Files.readString(actions).contains("errno")
            ? Optional.empty()
            : Optional.of("no action \"errno\" in " + actions);
      } catch (IOException e) {
        return Optional.of("cannot read " + actions + ": " + e);
      }
    }
  },
  /** The system call kcmp, which tells whether two descriptors are one file description. */
  KCMP {
    @Override
    public Optional<String> lack() {
      long self = ProcessHandle.current().pid();
      return call("kcmp", Libc.syscall(Syscalls.number("kcmp"), self, self, 0, 0, 0, 0));
    }
  },
  /** The system call clone3. */
  CLONE3 {
    @Override
    public Optional<String> lack() {
      return call("clone3", Libc.syscall(Syscalls.number("clone3"), 0, 0, 0, 0, 0, 0));
    }
  },
  /** The system call close_range. */
  CLOSE_RANGE {
    @Override
    public Optional<String> lack() {
      // from 9 to 8: EINVAL where there is such a call
      return call("close_range", Libc.syscall(Syscalls.number("close_range"), 9, 8, 0, 0, 0, 0));
    }
  },
  /** An IPv6 loopback address. */
  IPV6 {
    @Override
    public Optional<String> lack() {
      try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral("::1"))) {
        return socket.isBound() ? Optional.empty() : Optional.of("cannot bind ::1");
      } catch (IOException e) {
        return Optional.of("cannot bind ::1: " + e.getMessage());
      }
    }
  };

  /** What is missing, in words; empty if nothing is. */
  public abstract Optional<String> lack();

  /** Whether the machine has it. */
  public boolean isMet() {
    return lack().isEmpty();
  }

  private static Optional<String> program(String name) {
    return Programs.find(name).isPresent()
        ? Optional.empty()
        : Optional.of(name + " is not in PATH");
  }

  /** A call with bogus arguments: ENOSYS and EPERM say that it is not there, or not for us. */
  private static Optional<String> call(String name, Libc.Result result) {
    boolean refused =
        result.failed() && (result.errno() == Libc.ENOSYS || result.errno() == Libc.EPERM);
    return refused ? Optional.of(name + " is answered errno " + result.errno()) : Optional.empty();
  }
}
