// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.jdk.JdkText;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/*
 * A child's environment, in bytes: a variable that came from outside and cannot be decoded in this
 * JVM's locale reaches the child as it was. Names and values are kept as Latin-1 strings, in which
 * every byte is one character.
 */
public final class Environment {
  private final Charset charset;
  private final Map<String, String> variables = new LinkedHashMap<>();

  /**
   * A copy.
   *
   * @param source what {@link ProcessBuilder#environment()} returned
   */
  public Environment(Map<String, String> source) {
    charset = JdkText.charset();
    for (byte[] string : JdkText.environment(source)) {
      String text = new String(string, StandardCharsets.ISO_8859_1);
      int equals = text.indexOf('=', 1);
      variables.put(text.substring(0, equals), text.substring(equals + 1));
    }
  }

  private String bytes(String what, String text) {
    return new String(CStrings.encode(what, text, charset), StandardCharsets.ISO_8859_1);
  }

  /** Sets a variable; refuses what cannot be one. */
  public void put(String name, String value) {
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is no name of an environment variable: it is empty or has a '='");
    }
    variables.put(
        bytes("the name of an environment variable", name), bytes("the value of " + name, value));
  }

  /** Removes a variable. */
  public void remove(String name) {
    variables.remove(bytes("the name of an environment variable", name));
  }

  /** Removes a variable if it is the one that this process was given itself. */
  public void removeInherited(String name) {
    String own = System.getenv(name);
    if (own != null) {
      variables.remove(name, bytes("the value of " + name, own));
    }
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
