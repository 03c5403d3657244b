// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * A test class that must leave nothing behind: the descriptors, platform threads and child
 * processes (zombies included) of this JVM are counted before and after it, and the class fails
 * with each one that is new. What the JDK itself keeps is told in {@link Census}; the library's one
 * thread "noinherit-reaper" may stay.
 */
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Counted.Extension.class)
public @interface Counted {
  /**
   * Run before the first count, each once: what opens things on first use that are meant to stay.
   */
  Class<? extends Runnable>[] warmUp() default {};

  /** Does the counting. */
  final class Extension implements BeforeAllCallback, AfterAllCallback {
    private static final Namespace NAMESPACE = Namespace.create(Counted.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Override
    public void beforeAll(ExtensionContext context) throws ReflectiveOperationException {
      Class<?> test = context.getRequiredTestClass();
      Counted counted = test.getAnnotation(Counted.class);
      if (counted == null) {
        return; // a @Nested class: its outer class is counted
      }
      for (Class<? extends Runnable> warmUp : counted.warmUp()) {
        var constructor = warmUp.getDeclaredConstructor();
        constructor.setAccessible(true);
        constructor.newInstance().run();
      }
      context.getStore(NAMESPACE).put(test, Census.take());
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
      Class<?> test = context.getRequiredTestClass();
      Census before = context.getStore(NAMESPACE).remove(test, Census.class);
      if (before == null) {
        return;
      }
      List<String> left = Census.leftBehindSince(before, PATIENCE);
      if (!left.isEmpty()) {
        throw new AssertionError(
            test.getSimpleName() + " left behind:\n  " + String.join("\n  ", left));
      }
    }
  }
}
