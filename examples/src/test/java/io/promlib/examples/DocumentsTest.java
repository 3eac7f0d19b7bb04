package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.http.HttpLimits;
import io.promlib.ops.OpsLimits;
import io.promlib.ws.GatewayLimits;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Java sample of a document stands, word for word, between marks in a source that the build
 * compiles.
 */
class DocumentsTest {
  private static final Pattern SAMPLE = Pattern.compile("(?m)^```java\\n(.*?)^```", Pattern.DOTALL);
  private static final Pattern REGION =
      Pattern.compile("(?m)^ *// sample: \\S+\\n(.*?)^ *// end$", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

  static Stream<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(Path.of("..", "README.md")));
    try (Stream<Path> docs = Files.list(Path.of("..", "docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    }
    return documents.stream();
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everySampleIsCompiled(Path document) throws IOException {
    assertThat(compiled()).isNotEmpty();
    assertThat(compiled()).containsAll(parts(SAMPLE, document));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyLinkToAFileLeadsToOne(Path document) throws IOException {
    Matcher links = LINK.matcher(Files.readString(document));
    while (links.find()) {
      assertThat(document.resolveSibling(links.group(1))).as("link in " + document).exists();
    }
  }

  @Test
  void theReadmeListsThePrograms() throws IOException {
    String table = section(Path.of("..", "README.md"), "## The programs");

    assertThat(firstCells(table)).containsExactlyInAnyOrderElementsOf(Main.programs());
  }

  @Test
  void theProtocolListsEveryVariableOfTheHubAndNoOther() throws IOException {
    String table =
        section(
            Path.of("..", "docs", "protocol.md"), "## Settings of `event-gateway` and `event-hub`");

    assertThat(firstCells(table)).containsExactlyInAnyOrderElementsOf(variables(new EventHub()));
  }

  @Test
  void theGatewayHasTheVariablesOfTheHubButForTheDatabase() {
    Set<String> hubs = variables(new EventHub());
    hubs.remove("MONGO_URL");

    assertThat(variables(new EventGateway())).isEqualTo(hubs).isNotEmpty();
  }

  private static Set<String> variables(Command program) {
    Matcher lines = Pattern.compile("(?m)^ {2}([A-Z_]+) ").matcher(program.help());
    return lines.results().map(line -> line.group(1)).collect(Collectors.toSet());
  }

  @ParameterizedTest
  @MethodSource("limits")
  void everyLimitIsListedOnItsPage(Class<?> builder, String page) throws IOException {
    String limits = section(Path.of("..", "docs", page), "## Limits");
    Set<String> settings =
        Arrays.stream(builder.getMethods())
            .filter(method -> method.getReturnType() == builder)
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .map(Method::getName)
            .collect(Collectors.toSet());

    assertThat(firstCells(limits)).containsExactlyInAnyOrderElementsOf(settings);
  }

  static Stream<Arguments> limits() {
    return Stream.of(
        Arguments.of(GatewayLimits.Builder.class, "security.md"),
        Arguments.of(HttpLimits.Builder.class, "http-edge.md"),
        Arguments.of(OpsLimits.class, "ops.md"));
  }

  private static String section(Path document, String heading) throws IOException {
    String text = Files.readString(document);
    int start = text.indexOf("\n" + heading + "\n") + 1;
    assertThat(start).as(heading + " in " + document).isPositive();
    int end = text.indexOf("\n## ", start);
    return text.substring(start, end < 0 ? text.length() : end);
  }

  /** What stands in backticks in the first cell of a table's rows. */
  private static Set<String> firstCells(String section) {
    return Pattern.compile("(?m)^\\| (`[^|]*)\\|")
        .matcher(section)
        .results()
        .flatMap(row -> Pattern.compile("`([^`]+)`").matcher(row.group(1)).results())
        .map(name -> name.group(1))
        .collect(Collectors.toSet());
  }

  private static List<String> compiled() throws IOException {
    List<String> regions = new ArrayList<>();
    try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
      for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        regions.addAll(parts(REGION, source));
      }
    }
    return regions;
  }

  private static List<String> parts(Pattern pattern, Path file) throws IOException {
    List<String> parts = new ArrayList<>();
    Matcher matcher = pattern.matcher(Files.readString(file));
    while (matcher.find()) {
      parts.add(matcher.group(1).stripTrailing().stripIndent());
    }
    return parts;
  }
}
