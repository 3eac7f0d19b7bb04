package io.promlib.examples.samples;

import io.promlib.client.EventClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;

/** A client whose tokens are replaced by something else in a file, as secret stores do it. */
public final class RotatingTokens {
  private RotatingTokens() {}

  /** Connects with what the file holds, and looks again before that expires. */
  public static EventClient connect(URI gateway, SSLContext tls, Path tokenFile) {
    // sample: rotating-tokens
    EventClient client =
        EventClient.builder(gateway)
            .tls(tls)
            .token(
                () -> {
                  try {
                    return Files.readString(tokenFile).strip();
                  } catch (IOException e) {
                    throw new UncheckedIOException("the token's file cannot be read", e);
                  }
                })
            .connect();
    // end
    return client;
  }
}
