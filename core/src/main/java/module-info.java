// SPDX-License-Identifier: Apache-2.0
/**
 * Nothing is inherited by a child process unless you say so: close-on-exec flags on any handle,
 * handles that are born non-inheritable, and children that get exactly the handles named.
 *
 * <p>Parameters and results are never null unless annotated {@code @Nullable}; passing null where
 * it is not allowed throws {@link NullPointerException} before anything is changed. This fact is
 * not individually documented.
 */
@org.jspecify.annotations.NullMarked
module io.github.noinherit {
  requires static java.instrument;
  requires static transitive org.jspecify;

  exports io.github.noinherit;
  exports io.github.noinherit.inspect;
  // calls Agent.premain and agentmain
  exports io.github.noinherit.internal.jdk to
      java.instrument;

  uses io.github.noinherit.HandleProvider;
}
