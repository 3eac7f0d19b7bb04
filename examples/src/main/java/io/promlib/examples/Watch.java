package io.promlib.examples;

import io.promlib.PromException;
import io.promlib.client.EventClient;
import io.promlib.examples.process.Topics;
import io.promlib.time.Timing;
import java.io.PrintStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

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

      --url <ws://...>   the gateway (WS_URL, else ws://127.0.0.1:8090/)
      --token <token>    the gateway's token (WS_TOKEN)
      --seconds <n>      end after so long
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws InterruptedException {
    Args args = Args.parse(line, Set.of("url", "token", "seconds"), Set.of());
    Environment variables = new Environment(environment);
    URI url = url(args.text("url").or(() -> variables.text("WS_URL")).orElse(DEFAULT_URL));
    String token =
        args.text("token")
            .or(() -> variables.text("WS_TOKEN"))
            .orElseThrow(() -> new UsageException("WS_TOKEN is not set: set it, or give --token"));
    int seconds = args.number("seconds", 0, 0, Integer.MAX_VALUE);
    try (Ending ending = new Ending();
        Timing timing = Timing.system();
        EventClient client = EventClient.builder(url).token(token).timing(timing).connect()) {
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
