package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
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
