// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static io.github.noinherit.testkit.Zoo.holder;
import static io.github.noinherit.testkit.Zoo.internal;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.RandomAccessFile;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.logging.FileHandler;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Files, and what the JDK opens files for. */
@SuppressWarnings("StreamResourceLeak") // the specimen is closed by whoever made it
final class ZooFiles {
  private ZooFiles() {}

  static List<Species> species() {
    return List.of(
        holder("FileInputStream", pen -> of(pen.file(), f -> new FileInputStream(f.toFile()))),
        holder(
            "FileOutputStream", pen -> of(pen.file(), f -> new FileOutputStream(f.toFile(), true))),
        holder(
            "RandomAccessFile", pen -> of(pen.file(), f -> new RandomAccessFile(f.toFile(), "rw"))),
        holder(
            "FileDescriptor",
            pen -> of(pen.file(), f -> pen.keep(new FileInputStream(f.toFile())).getFD())),
        holder("FileChannel.open", pen -> of(pen.file(), f -> FileChannel.open(f, READ, WRITE))),
        holder("FileChannel.open append", pen -> of(pen.file(), f -> FileChannel.open(f, APPEND))),
        holder(
            "FileInputStream.getChannel",
            pen -> of(pen.file(), f -> pen.keep(new FileInputStream(f.toFile())).getChannel())),
        holder(
            "FileOutputStream.getChannel",
            pen ->
                of(pen.file(), f -> pen.keep(new FileOutputStream(f.toFile(), true)).getChannel())),
        holder(
            "RandomAccessFile.getChannel",
            pen ->
                of(pen.file(), f -> pen.keep(new RandomAccessFile(f.toFile(), "r")).getChannel())),
        holder("Files.newByteChannel", pen -> of(pen.file(), f -> Files.newByteChannel(f))),
        holder(
            "AsynchronousFileChannel",
            pen -> of(pen.file(), f -> AsynchronousFileChannel.open(f, READ))),
        internal("Files.newInputStream", "java.base", pen -> of(pen.file(), Files::newInputStream)),
        internal(
            "Files.newOutputStream",
            "java.base",
            pen -> of(pen.file(), f -> Files.newOutputStream(f, APPEND))),
        internal(
            "FileReader",
            "java.base",
            pen -> of(pen.file(), f -> new FileReader(f.toFile(), StandardCharsets.UTF_8))),
        internal("Files.lines", "java.base", pen -> of(pen.file(), Files::lines)),
        internal(
            "DirectoryStream",
            "java.base",
            pen -> of(pen.file(), f -> Files.newDirectoryStream(pen.folder()))),
        internal("Files.walk", "java.base", pen -> of(pen.file(), f -> walk(pen.folder()))),
        internal("ZipFile", "java.base", pen -> of(zip(pen), f -> new ZipFile(f.toFile()))),
        internal("JarFile", "java.base", pen -> of(zip(pen), f -> new JarFile(f.toFile()))),
        internal(
            "zip FileSystem", "jdk.zipfs", pen -> of(zip(pen), f -> FileSystems.newFileSystem(f))),
        internal(
            "WatchService", "java.base", pen -> () -> FileSystems.getDefault().newWatchService()),
        internal("logging FileHandler", "java.logging", pen -> of(pen.file(), Logging::handler)));
  }

  @FunctionalInterface
  private interface Opener {
    Object open(Path file) throws Exception;
  }

  private static Species.Creation of(Path file, Opener opener) {
    return () -> opener.open(file);
  }

  /** A walk that has begun: it opens the folder when the first entry is asked for. */
  private static Object walk(Path folder) throws Exception {
    var walk = Files.walk(folder);
    var entries = walk.iterator();
    entries.next();
    entries.next();
    return walk;
  }

  private static Path zip(Pen pen) throws Exception {
    Path zip = pen.folder().resolve("file.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("entry"));
      out.closeEntry();
    }
    return zip;
  }

  /** In a class of its own: java.logging may be missing. */
  private static final class Logging {
    static Object handler(Path file) throws Exception {
      FileHandler handler = new FileHandler(file.resolveSibling("log").toString());
      return (AutoCloseable) handler::close;
    }
  }
}
