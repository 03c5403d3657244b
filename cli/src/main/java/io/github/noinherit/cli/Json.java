// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes maps, lists and plain values as indented JSON. */
public final class Json {
  private Json() {}

  /** The text for a value made of maps, lists, strings, numbers and booleans. */
  public static String text(Object value) {
    try {
      return JSON.std
          .with(JSON.Feature.PRETTY_PRINT_OUTPUT, JSON.Feature.WRITE_NULL_PROPERTIES)
          .asString(value);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write as JSON: " + value, e);
    }
  }
}
