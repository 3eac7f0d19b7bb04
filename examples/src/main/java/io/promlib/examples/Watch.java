package io.promlib.examples;

import io.promlib.PromException;
import io.promlib.client.EventClient;
import io.promlib.client.EventClientBuilder;
import io.promlib.examples.process.Topics;
import io.promlib.time.Timing;
import java.io.PrintStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.net.ssl.SSLContext;

/** {@code watch}: a typed client that prints process states as they change. */
final class Watch implements Command {
  private static final String DEFAULT_URL = "ws://127.0.0.1:8090/";

  @Override
  public String name() {
    return "watch";
  }

  @Override
  public String summary() {
    return "a client that prints process states as they change";
  }

  @Override
  public String help() {
    return """
    watch [options]

    Prints the process states of a gateway, such as the demo's, until Ctrl-C.

      --url <address>    the gateway's, ws: or wss: (WS_URL, else ws://127.0.0.1:8090/)
      --token <token>    the token (WS_TOKEN, which does not show in the list of processes)
      --trust <file>     whom to trust behind wss:, as PEM or a keystore, whose password is
                         WS_TRUST_PASSWORD (WS_TRUST, else the platform's trust store)
      --seconds <n>      end after so long
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws InterruptedException {
    Args args = Args.parse(line, Set.of("url", "token", "trust", "seconds"), Set.of());
    Environment variables = new Environment(environment);
    URI url = url(args.text("url").or(() -> variables.text("WS_URL")).orElse(DEFAULT_URL));
    String token =
        args.text("token")
            .or(() -> variables.text("WS_TOKEN"))
            .orElseThrow(() -> new UsageException("WS_TOKEN is not set: set it, or give --token"));
    int seconds = args.number("seconds", 0, 0, Integer.MAX_VALUE);
    EventClientBuilder builder = EventClient.builder(url).token(token);
    args.text("trust")
        .or(() -> variables.text(ClientTrust.VARIABLE))
        .ifPresent(file -> builder.tls(trust(url, file, variables)));
    try (Ending ending = new Ending();
        Timing timing = Timing.system();
        EventClient client = builder.timing(timing).connect()) {
      Board board = new Board(out, Terminal.present(), "watching " + url + "\n\n", timing);
      // A group of its own, so that every watcher sees everything.
      String group = "watch-" + UUID.randomUUID();
      client.subscribe(Topics.PROCESS_STATE, group, delivery -> board.show(delivery.payload()));
      ending.await(seconds);
      return 0;
    } catch (PromException e) {
      // Why there is no connection is in the cause: nobody listens, another path, no gateway at
      // all.
      Throwable why = e.getCause();
      out.println(
          "watch: " + e.getMessage() + (why == null ? "" : ", the last try: " + why.getMessage()));
      return 1;
    }
  }

  private static SSLContext trust(URI url, String file, Environment variables) {
    if (!"wss".equals(url.getScheme())) {
      throw new UsageException(
          ClientTrust.VARIABLE + " or --trust has no effect: " + url + " is no wss: address");
    }
    return ClientTrust.in(file, variables);
  }

  private static URI url(String text) {
    try {
      URI url = new URI(text);
      if (("ws".equals(url.getScheme()) || "wss".equals(url.getScheme()))
          && url.getHost() != null) {
        return url;
      }
    } catch (URISyntaxException notOne) {
      // The message below says the same for all mistakes.
    }
    throw new UsageException(
        "WS_URL or --url must be a ws: or wss: address with a host, is '" + text + "'");
  }
}
