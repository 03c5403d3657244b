// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The extension is called here as the engine calls it, so that a class it fails can be seen. */
class CountedTest {
  private static final AtomicInteger WARMED = new AtomicInteger();

  @Counted(warmUp = Warmth.class)
  private static final class Example {}

  private static final class Warmth implements Runnable {
    @Override
    public void run() {
      WARMED.incrementAndGet();
    }
  }

  @Test
  void aClassThatLeavesNothingPasses() throws Exception {
    ExtensionContext context = context(Example.class);
    Counted.Extension extension = new Counted.Extension();
    int before = WARMED.get();
    extension.beforeAll(context);
    assertEquals(before + 1, WARMED.get());
    extension.afterAll(context);
  }

  @Test
  void aClassThatLeavesAThreadFailsWithItsName() throws Exception {
    ExtensionContext context = context(Example.class);
    Counted.Extension extension = new Counted.Extension();
    extension.beforeAll(context);
    CountDownLatch end = new CountDownLatch(1);
    Thread stray =
        Thread.ofPlatform()
            .name("stray")
            .start(
                () -> {
                  try {
                    end.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    try {
      AssertionError error = assertThrows(AssertionError.class, () -> extension.afterAll(context));
      String message = String.valueOf(error.getMessage());
      assertTrue(message.startsWith("Example left behind:"), message);
      assertTrue(message.contains("\"stray\""), message);
    } finally {
      end.countDown();
      stray.join();
    }
  }

  @Test
  void aNestedClassIsCountedWithItsOuterOne() throws Exception {
    ExtensionContext context = context(CountedTest.class);
    Counted.Extension extension = new Counted.Extension();
    extension.beforeAll(context);
    extension.afterAll(context);
  }

  private static ExtensionContext context(Class<?> test) {
    Map<Object, Object> values = new HashMap<>();
    ExtensionContext.Store store =
        proxy(
            ExtensionContext.Store.class,
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "put" -> values.put(arguments[0], arguments[1]);
                  case "remove" -> values.remove(arguments[0]);
                  default -> throw new UnsupportedOperationException(method.toString());
                });
    return proxy(
        ExtensionContext.class,
        (self, method, arguments) ->
            switch (method.getName()) {
              case "getTestClass" -> Optional.of(test);
              case "getStore" -> store;
              default -> InvocationHandler.invokeDefault(self, method, arguments);
            });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
