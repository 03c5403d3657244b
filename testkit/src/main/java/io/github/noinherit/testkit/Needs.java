// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What a test class or method needs of the machine. Where something is missing it is skipped with
 * the name of what is missing; where {@code NOINHERIT_REQUIRE} contains {@code linux}, as in CI, it
 * fails instead. No test is silently absent.
 */
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Needs.Condition.class)
public @interface Needs {
  /** The needs, all of them. */
  Need[] value();

  /** Decides before the test. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      Need[] needs =
          AnnotationSupport.findAnnotation(context.getElement(), Needs.class)
              .map(Needs::value)
              .orElse(new Need[0]);
      return decide(needs, System.getenv("NOINHERIT_REQUIRE"));
    }

    static ConditionEvaluationResult decide(Need[] needs, @Nullable String required) {
      List<String> missing = new ArrayList<>();
      for (Need need : needs) {
        need.lack().ifPresent(why -> missing.add(need + " (" + why + ")"));
      }
      if (missing.isEmpty()) {
        return ConditionEvaluationResult.enabled("nothing is missing");
      }
      String message = "missing: " + String.join(", ", missing);
      if (required != null && Arrays.asList(required.split(",")).contains("linux")) {
        throw new AssertionError(
            message + "; NOINHERIT_REQUIRE=" + required + " says that it must be there");
      }
      return ConditionEvaluationResult.disabled(message);
    }
  }
}
