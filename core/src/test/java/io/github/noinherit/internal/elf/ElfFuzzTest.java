// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.noinherit.CProgram;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small real library, damaged in 30,000 ways that are the same in each run: the reader answers or
 * throws its exception, at once, and takes no more memory than a few times the image's size.
 */
@Needs(Need.COMPILER)
class ElfFuzzTest {
  private static final int IMAGES = 30_000;
  private static final long[] EDGES = {
    0,
    1,
    7,
    8,
    23,
    24,
    -1,
    -8,
    -24,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    Long.MAX_VALUE,
    Long.MAX_VALUE - 7,
    Long.MIN_VALUE,
    Long.MIN_VALUE + 24,
    Long.MAX_VALUE / 24
  };
  private static final ElfNames NAMES = new ElfNames(Set.of("open", "open64", "socket", "dlsym"));

  private int read;
  private int refused;
  private long most;

  @Test
  void damagedImages(@TempDir Path folder) throws Exception {
    Path source = folder.resolve("lib.c");
    Files.writeString(
        source,
        """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <sys/socket.h>
        int (*data[])(int, int, int) = {socket, socket};
        void *f(void) { return open("/", 0) + dlsym(RTLD_DEFAULT, "openat64"); }
        """);
    Path library = folder.resolve("lib.so");
    CProgram.tool(folder, "cc", "-shared", "-fPIC", "-O2", "-s", "-o", "" + library, "" + source);
    byte[] original = Files.readAllBytes(library);
    assertTimeoutPreemptively(ofSeconds(60), () -> damage(original));
    assertTrue(
        read > IMAGES / 20 && refused > IMAGES / 20, read + " read, " + refused + " refused");
    assertTrue(most < 100L * original.length, () -> most + " bytes for " + original.length);
  }

  private void damage(byte[] original) throws ElfException {
    ByteBuffer file = ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer memory = ElfImageTest.loaded(file);
    int[] inFile = places(file, false);
    int[] inMemory = places(memory, true);
    for (int seed = 0; seed < IMAGES; seed++) {
      Random random = new Random(seed);
      boolean isFile = random.nextBoolean();
      ByteBuffer image =
          ByteBuffer.wrap((isFile ? file : memory).array().clone()).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = random.nextInt(4); i >= 0; i--) {
        change(image, isFile ? inFile : inMemory, random);
      }
      if (random.nextInt(8) == 0) {
        image.limit(random.nextInt(image.capacity() + 1));
      }
      tryToRead(image, isFile, seed);
    }
  }

  /** Where numbers are that matter: the headers, the dynamic section and what it points to. */
  private static int[] places(ByteBuffer image, boolean isMemory) {
    int headers = (int) image.getLong(32);
    int count = image.getShort(56);
    int[] all = new int[4096];
    int n = 0;
    for (int at = 0; at < headers + count * 56; at += 8) {
      all[n++] = at;
    }
    for (int i = 0; i < count; i++) {
      int header = headers + i * 56;
      if (image.getInt(header) == 2) { // PT_DYNAMIC
        int dynamic = (int) image.getLong(header + (isMemory ? 16 : 8));
        for (int at = dynamic; image.getLong(at) != 0; at += 8) {
          all[n++] = at;
          long tag = image.getLong(at);
          long value = image.getLong(at + 8);
          if ((at - dynamic) % 16 == 0 && (tag == 6 || tag == 7 || tag == 23)) {
            for (int entry = 0; entry < 192; entry += 8) {
              all[n++] = (int) value + entry; // in the first segment of a library: file = memory
            }
          }
        }
      }
    }
    return Arrays.copyOf(all, n);
  }

  private static void change(ByteBuffer image, int[] places, Random random) {
    int at = places[random.nextInt(places.length)];
    switch (random.nextInt(5)) {
      case 0 -> image.put(random.nextInt(image.capacity()), (byte) random.nextInt());
      case 1 -> image.put(at + random.nextInt(8), (byte) random.nextInt());
      case 2 -> image.putLong(at, EDGES[random.nextInt(EDGES.length)]);
      case 3 -> image.putInt(at + 4 * random.nextInt(2), random.nextInt(image.capacity() * 2));
      default -> image.putLong(at, image.getLong(at) + random.nextInt(65) - 32);
    }
  }

  private void tryToRead(ByteBuffer image, boolean isFile, int seed) {
    long before = allocated();
    try {
      ElfImage read = isFile ? ElfImage.ofFile(image) : ElfImage.ofMemory(image, 1L << 40);
      read.imports(NAMES);
      read.importedNames(NAMES);
      read.strings(Set.of("openat64", "accept"), true);
      for (ElfRange range : isFile ? List.<ElfRange>of() : read.writableRanges()) {
        read.words(range);
      }
      this.read++;
    } catch (ElfException e) {
      refused++;
    } catch (RuntimeException | Error e) {
      fail("image " + seed, e);
    }
    most = Math.max(most, allocated() - before);
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }
}
