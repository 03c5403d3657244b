// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.bydefault;

/** A program that does nothing else. */
public final class Hello {
  private Hello() {}

  /** Says it. */
  public static void main(String[] args) {
    System.out.println("hello");
  }
}
