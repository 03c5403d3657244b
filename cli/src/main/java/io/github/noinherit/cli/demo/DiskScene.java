// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A file is deleted, and its space is not given back. */
record DiskScene() implements Scene {
  private static final int MEGABYTES = 64;
  private static final long MEGABYTE = 1L << 20;

  @Override
  public String name() {
    return "disk";
  }

  @Override
  public String title() {
    return "A deleted file still fills the disk";
  }

  @Override
  public String plot() {
    return "The server writes a file of "
        + MEGABYTES
        + " MB and starts its helper. Then it closes"
        + " the file and deletes it.";
  }

  @Override
  public String outcome(Side side) {
    return side.leaks()
        ? "The file has no name any more, and its space is not given back."
        : "The space is given back when the file is deleted.";
  }

  @Override
  public void play(Side side, Cast cast, Log log) throws IOException {
    ServerProcess server = cast.startServer();
    Path file = cast.folder().resolve("report.tmp");
    long freeBefore = Kernel.freeSpace(cast.folder());
    server.ask("fill", file.toString(), Integer.toString(MEGABYTES));
    log.tell("server", "process " + server.pid() + " writes " + MEGABYTES + " MB to report.tmp");
    Helper helper = Common.startHangingHelper(server, log);
    long freeWithFile = Kernel.freeSpace(cast.folder());

    server.ask("delete", file.toString());
    log.tell("server", "closes the file and deletes it");
    List<OpenHandle> table = helper.table();
    Optional<OpenHandle> copy = Tables.find(table, file + " (deleted)");
    Tables.see(side, "the helper", table, copy, "the deleted file", log);
    if (copy.isPresent()) {
      long held = Kernel.size(helper.pid(), copy.get().number());
      log.see(
          "kernel",
          "the helper keeps " + held / MEGABYTE + " MB of a file without a name",
          held == MEGABYTES * MEGABYTE,
          MEGABYTES + " MB");
    }
    log.tell(
        "df",
        "MB free: "
            + freeBefore / MEGABYTE
            + " before the file, "
            + freeWithFile / MEGABYTE
            + " with it, "
            + Kernel.freeSpace(cast.folder()) / MEGABYTE
            + " after it was deleted (others write to this disk too)");
  }
}
