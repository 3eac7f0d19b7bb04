package io.promlib.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives every wait of Awaitility that names no limit a minute instead of ten seconds: on a loaded
 * machine threads stand still for long, and a limit is only met when a test fails. JUnit finds it
 * where {@code junit.jupiter.extensions.autodetection.enabled} is true, as in this build.
 */
public final class Patience implements BeforeAllCallback {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(LIMIT);
  }
}
