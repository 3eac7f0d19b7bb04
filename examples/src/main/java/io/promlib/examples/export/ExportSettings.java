package io.promlib.examples.export;

import io.promlib.event.Names;
import io.promlib.examples.Args;
import io.promlib.examples.ClientTrust;
import io.promlib.examples.Environment;
import io.promlib.examples.UsageException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** What an export is asked to do; {@code fields} are those of the edge's query. */
record ExportSettings(
    String topic, Path file, boolean resume, ExportSource source, Map<String, String> fields) {
  private static final String DEFAULT_URL = "http://127.0.0.1:8081/";

  /**
   * Reads the command line.
   *
   * @throws UsageException naming what does not do
   */
  static ExportSettings of(Args args, Map<String, String> variables) {
    Environment environment = new Environment(variables);
    String topic = topic(needed(args, "topic"));
    URI url = url(args.text("url").or(() -> environment.text("HTTP_URL")).orElse(DEFAULT_URL));
    String token =
        args.text("token")
            .or(() -> environment.text("WS_TOKEN"))
            .orElseThrow(() -> new UsageException("WS_TOKEN is not set: set it, or give --token"));
    Optional<SSLContext> tls =
        args.text("trust")
            .or(() -> environment.text(ClientTrust.VARIABLE))
            .map(file -> trust(url, file, environment));
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("topic", topic);
    fields.put("gaps", "1");
    number(args, "from-seq", 1).ifPresent(seq -> fields.put("fromSeq", seq));
    number(args, "to-seq", 1).ifPresent(seq -> fields.put("toSeq", seq));
    time(args, "from-ts").ifPresent(ts -> fields.put("fromTs", ts));
    time(args, "to-ts").ifPresent(ts -> fields.put("toTs", ts));
    return new ExportSettings(
        topic,
        file(needed(args, "out")),
        args.has("resume"),
        new ExportSource(url, token, args.has("gzip"), tls.orElse(null)),
        fields);
  }

  private static String needed(Args args, String option) {
    return args.text(option)
        .orElseThrow(() -> new UsageException("--" + option + " is missing; see --help"));
  }

  private static String topic(String name) {
    try {
      return Names.topic(name);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--topic is wrong: " + e.getMessage());
    }
  }

  private static Path file(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new UsageException("--out is no name of a file: " + e.getMessage());
    }
  }

  private static Optional<String> number(Args args, String option, long least) {
    return args.text(option)
        .map(
            text -> {
              try {
                if (Long.parseLong(text) >= least) {
                  return text;
                }
              } catch (NumberFormatException notOne) {
                // The message below says the same for both mistakes.
              }
              throw new UsageException(
                  "--%s must be a whole number from %d on, is '%s'".formatted(option, least, text));
            });
  }

  private static Optional<String> time(Args args, String option) {
    return args.text(option)
        .map(
            text -> {
              try {
                return text.matches("-?[0-9]{1,18}")
                    ? text
                    : Long.toString(Instant.parse(text).toEpochMilli());
              } catch (DateTimeException | ArithmeticException e) {
                throw new UsageException(
                    "--%s must be epoch milliseconds or such as 2030-01-01T00:00:00Z, is '%s'"
                        .formatted(option, text));
              }
            });
  }

  private static URI url(String text) {
    try {
      URI url = new URI(text.endsWith("/") ? text : text + "/");
      if (("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
          && url.getHost() != null
          && url.getRawQuery() == null
          && url.getRawFragment() == null) {
        return url;
      }
    } catch (URISyntaxException notOne) {
      // The message below says the same for all mistakes.
    }
    throw new UsageException(
        "HTTP_URL or --url must be a http: or https: address with a host, is '" + text + "'");
  }

  private static SSLContext trust(URI url, String file, Environment environment) {
    if (!"https".equals(url.getScheme())) {
      throw new UsageException(
          ClientTrust.VARIABLE + " or --trust has no effect: " + url + " is no https: address");
    }
    return ClientTrust.in(file, environment);
  }
}
