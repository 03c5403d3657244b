// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.inspect.ImportAudit.Access;
import io.github.noinherit.inspect.ImportAudit.Creator;
import io.github.noinherit.inspect.ImportAudit.State;
import io.github.noinherit.internal.elf.ElfException;
import io.github.noinherit.internal.elf.ElfImage;
import io.github.noinherit.internal.elf.ElfNames;
import io.github.noinherit.internal.protect.Creators;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/*
 * The creators in one library: those it imports, and those it may look up by name.
 *
 * A library may look up what it has the name of, as a C string, if it also imports a function that
 * looks up (dlsym, dlvsym, or libjvm's own). Names are words too, so three things are asked before
 * a string counts:
 *
 *  - the library does not import the function anyway, in this or another spelling: then the string
 *    is taken for a text, such as the name of the call in a message of libnet's about dup2;
 *  - a name that is an English word or an ordinary abbreviation (open, accept, pipe, dup) must be
 *    the whole string. Linkers store a string that ends another one only once, and "open" ends much;
 *  - another name, such as openat64 or memfd_create, counts as the end of a longer string too.
 *
 * So a word that is given to dlsym and that the linker has merged into a longer string is not seen.
 */
final class LibraryAudit {
  /** Functions that look up others by name. */
  private static final ElfNames LOOK_UP =
      new ElfNames(Set.of("dlsym", "dlvsym", "JVM_FindLibraryEntry"));

  private static final Set<String> WORDS =
      Set.of("open", "creat", "dup", "pipe", "socket", "accept", "syscall");

  private static final Set<String> CREATORS = Creators.functions();
  private static final ElfNames CREATOR_NAMES = new ElfNames(CREATORS);

  private final String path;
  private final String name;
  private final ElfImage image;
  private final List<Creator> creators = new ArrayList<>();

  private LibraryAudit(String path, String name, ElfImage image) {
    this.path = path;
    this.name = name;
    this.image = image;
  }

  /**
   * The creators in a library.
   *
   * @param path how it is called in the answers
   */
  static List<Creator> of(Path file, String path) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new IOException(file + ": its " + channel.size() + " bytes are too many to be read");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // goes on where it stopped
      }
      LibraryAudit audit =
          new LibraryAudit(path, file.getFileName().toString(), ElfImage.ofFile(bytes.flip()));
      audit.run();
      return audit.creators;
    } catch (ElfException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private void run() throws ElfException {
    Set<String> imported = new TreeSet<>(image.importedNames(CREATOR_NAMES));
    for (String function : imported) {
      boolean isCovered = Creators.isCovered(name, function);
      add(function, Access.IMPORTED, isCovered, Creators.leftReason(name, function));
    }
    if (!image.importedNames(LOOK_UP).isEmpty()) {
      for (String function : lookedUp(imported)) {
        boolean isCovered = Creators.isCoveredVariable(name, function);
        add(function, Access.LOOKED_UP, isCovered, notLookedUp(function));
      }
    }
  }

  private void add(String function, Access access, boolean isCovered, @Nullable String reason) {
    State state = isCovered ? State.COVERED : reason != null ? State.LISTED : State.OPEN;
    String why =
        switch (state) {
          case COVERED -> "";
          case LISTED -> reason == null ? "" : reason;
          case OPEN ->
              access == Access.IMPORTED
                  ? "not known to this version of noinherit in this library"
                  : "its name is in this library, which looks up functions by name";
        };
    creators.add(new Creator(path, function, access, state, why));
  }

  private Set<String> lookedUp(Set<String> imported) throws ElfException {
    Set<String> words = new HashSet<>(CREATORS);
    words.retainAll(WORDS);
    Set<String> names = new HashSet<>(CREATORS);
    names.removeAll(WORDS);
    Set<String> found = new TreeSet<>(image.strings(words, false));
    found.addAll(image.strings(names, true));
    Set<String> known = new HashSet<>();
    for (String i : imported) {
      known.add(plain(i));
    }
    found.removeIf(f -> known.contains(plain(f)));
    return found;
  }

  /** A function in its plainest spelling: open for open64, __open_2 and __open64_2. */
  static String plain(String function) {
    String plain = function;
    if (plain.startsWith("__")) {
      plain = plain.substring(2);
      plain = plain.endsWith("_2") ? plain.substring(0, plain.length() - 2) : plain;
    }
    return plain.endsWith("64") ? plain.substring(0, plain.length() - 2) : plain;
  }

  /** Why a name in a library is not given to dlsym, or null if nobody has looked. */
  private @Nullable String notLookedUp(String function) {
    return name.equals("libjvm.so") && function.equals("dup2")
        ? "the name of a bytecode in libjvm, which looks up no function of this name"
        : null;
  }
}
