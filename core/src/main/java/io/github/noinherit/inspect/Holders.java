// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.inspect.Holder.Held;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.ProcReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every process that holds a target, and how each came to it.
 *
 * <pre>{@code
 * Holders who = Holders.of(Target.parse("8080"));
 * for (Holder holder : who.holders()) {
 *   System.out.println(holder.process() + " holds it by " + holder.numbers());
 * }
 * if (!who.isComplete()) {
 *   System.out.println(who.unseen()); // "nobody" would not be the truth then
 * }
 * }</pre>
 *
 * <p>Handles are counted, and nothing else: not memory maps, not a working or root directory, not
 * handles under way in a message that nobody has received, and not those of a thread that has
 * unshared its descriptor table. Ports and Unix sockets are those of this process's network
 * namespace; who holds them may be in another one.
 *
 * <p>Immutable. What it says was true at slightly different moments.
 */
public final class Holders {
  private final Target target;
  private final List<Holder> holders;
  private final Unseen unseen;

  private Holders(Target target, List<Holder> holders, Unseen unseen) {
    this.target = target;
    this.holders = List.copyOf(holders);
    this.unseen = unseen;
  }

  /**
   * Looks.
   *
   * @throws IOException if /proc cannot be read, or this process can open no more files. That other
   *     processes may not be looked at is no failure: {@link #unseen} says it
   * @throws UnsupportedOperationException if this is not Linux
   */
  public static Holders of(Target target) throws IOException {
    Platform.requireLinux();
    try (ProcReader reader = new ProcReader()) {
      Wanted wanted = Wanted.of(target, reader);
      if (!wanted.isThere()) {
        return new Holders(target, List.of(), new Unseen(0, Map.of()));
      }
      Scanner.Found found = Scanner.scan(reader.processes(), wanted.question(), wanted);
      Search search = new Search(reader, wanted, found.unseen());
      return new Holders(target, search.holders(found.matches()), search.unseen());
    }
  }

  /** {@return what was looked for} */
  public Target target() {
    return target;
  }

  /** {@return who holds it, in the order of pids} */
  public List<Holder> holders() {
    return holders;
  }

  /** {@return what could not be looked at} */
  public Unseen unseen() {
    return unseen;
  }

  /** Was everything looked at? If not, there may be more holders. */
  public boolean isComplete() {
    return unseen.isNothing();
  }

  /** {@return the one with this pid, if it is a holder} */
  public Optional<Holder> holder(long pid) {
    for (Holder holder : holders) {
      if (holder.process().pid() == pid) {
        return Optional.of(holder);
      }
    }
    return Optional.empty();
  }

  /**
   * The way of an open file description to a holder: from the first process that is known to have
   * had it, which may have been given it, too.
   *
   * @return pids, the holder last
   */
  public List<Long> path(Holder holder, Held held) {
    List<Long> path = new ArrayList<>(List.of(holder.process().pid()));
    Held at = held;
    while (at.origin().giver().isPresent()) {
      long giver = at.origin().giver().get().pid();
      Held next = path.contains(giver) ? null : held(giver, held.description());
      path.addFirst(giver);
      if (next == null) {
        break;
      }
      at = next;
    }
    return path;
  }

  private @org.jspecify.annotations.Nullable Held held(long pid, int description) {
    for (Held held : holder(pid).map(Holder::handles).orElse(List.of())) {
      if (held.description() == description) {
        return held;
      }
    }
    return null;
  }
}
