// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.posix.Environ;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * A child's environment, in bytes: a variable that came from outside and cannot be decoded in this
 * JVM's locale reaches the child as it was. Names and values are kept as Latin-1 strings, in which
 * every byte is one character.
 */
public final class Environment {
  private static volatile @Nullable Map<String, String> own;

  private final Charset charset = JdkText.charset();
  private final Map<String, String> variables;

  private Environment(Map<String, String> variables) {
    this.variables = variables;
  }

  /** A copy of this process' own. */
  public static Environment ofThisProcess() {
    return new Environment(new LinkedHashMap<>(own()));
  }

  /**
   * Read once, as java.lang.ProcessEnvironment does. Not through that class: it initialises
   * ProcessImpl, which sets SIGCHLD to its default action for the whole process.
   */
  private static Map<String, String> own() {
    Map<String, String> variables = own;
    if (variables == null) {
      variables = read(Environ.strings());
      own = variables;
    }
    return variables;
  }

  /**
   * A copy.
   *
   * @param source what {@link ProcessBuilder#environment()} returned
   */
  public static Environment of(Map<String, String> source) {
    return new Environment(read(JdkText.environment(source)));
  }

  /** Of two variables with one name the first counts, and what has no name is left out. */
  private static Map<String, String> read(List<byte[]> strings) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (byte[] string : strings) {
      String text = new String(string, StandardCharsets.ISO_8859_1);
      int equals = text.indexOf('=', 1);
      if (equals > 0) {
        variables.putIfAbsent(text.substring(0, equals), text.substring(equals + 1));
      }
    }
    return variables;
  }

  private String encode(String what, String text) {
    return new String(CStrings.encode(what, text, charset), StandardCharsets.ISO_8859_1);
  }

  /** Sets a variable; refuses what cannot be one. */
  public void put(String name, String value) {
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is no name of an environment variable: it is empty or has a '='");
    }
    variables.put(
        encode("the name of an environment variable", name), encode("the value of " + name, value));
  }

  /** Removes a variable. */
  public void remove(String name) {
    variables.remove(encode("the name of an environment variable", name));
  }

  /** Removes a variable if it is the one that this process was given itself. */
  public void removeInherited(String name) {
    String own = own().get(name);
    if (own != null) {
      variables.remove(name, own);
    }
  }

  /** The bytes of a variable, or null. */
  byte @Nullable [] bytes(String name) {
    String value = variables.get(name);
    return value == null ? null : value.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Removes all. */
  public void clear() {
    variables.clear();
  }

  /** NAME=VALUE strings. */
  public List<byte[]> strings() {
    return variables.entrySet().stream()
        .map(e -> (e.getKey() + '=' + e.getValue()).getBytes(StandardCharsets.ISO_8859_1))
        .toList();
  }
}
