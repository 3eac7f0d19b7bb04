package io.promlib.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The dashboard, the alerts and the runbook that come with the metrics. */
class OperationsTest {
  private static final Path FOLDER = Path.of("..", "docs", "operations");
  private static final Pattern ALERT =
      Pattern.compile(
          "- alert: (\\w+)\n +expr: \\|\n(.*?)\n +for: .*?runbook: (\\S+)", Pattern.DOTALL);
  private static final Pattern TESTED =
      Pattern.compile("alertname: (\\w+)\n +exp_alerts:( \\[\\])?\n");
  private static final Pattern NAME = Pattern.compile("\\b[a-z][a-z0-9]*_[a-z0-9_]*\\b(?! *\\()");
  private static final Pattern IN_TABLE = Pattern.compile("`([a-z0-9_]+)(\\{[a-z,]+\\})?`");

  private record Alert(String name, String expression, String runbook) {}

  @Test
  void everyAlertNamesItsSectionOfTheRunbook() throws IOException {
    String runbook = read("runbook.md");
    assertThat(alerts()).hasSizeGreaterThan(10);
    for (Alert alert : alerts()) {
      assertThat(runbook).contains("\n## " + alert.name() + "\n");
      assertThat(alert.runbook())
          .isEqualTo("docs/operations/runbook.md#" + alert.name().toLowerCase(Locale.ROOT));
    }
    assertThat(all("\n## (\\w+)", runbook))
        .containsExactlyElementsOf(alerts().stream().map(Alert::name).toList());
  }

  @Test
  void everyAlertIsTestedWhereItFiresAndWhereItDoesNot() throws IOException {
    List<MatchResult> tested = TESTED.matcher(read("alerts.test.yml")).results().toList();
    List<String> names = alerts().stream().map(Alert::name).toList();
    assertThat(tested.stream().filter(test -> test.group(2) == null).map(test -> test.group(1)))
        .containsExactlyElementsOf(names);
    assertThat(tested.stream().filter(test -> test.group(2) != null).map(test -> test.group(1)))
        .containsExactlyElementsOf(names);
  }

  @Test
  void everyMetricOfAnAlertExists() throws IOException {
    for (Alert alert : alerts()) {
      assertThat(metricsOf(alert.expression())).isNotEmpty().isSubsetOf(samples());
    }
  }

  @Test
  void everyMetricOfTheDashboardExists() throws IOException {
    assertThat(dashboardExpressions()).hasSizeGreaterThan(30);
    for (String expression : dashboardExpressions()) {
      assertThat(metricsOf(expression)).isNotEmpty().isSubsetOf(samples());
    }
  }

  @Test
  void theTableHasEveryMetricAndNoOther() throws IOException {
    Set<String> named =
        read("README.md")
            .lines()
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.substring(0, line.indexOf('|', 1)))
            .flatMap(cell -> IN_TABLE.matcher(cell).results())
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    try (PrometheusMetrics metrics = PrometheusMetrics.create()) {
      assertThat(named)
          .containsExactlyInAnyOrderElementsOf(
              all("(?m)^# TYPE (\\w+) ", metrics.scrape(null).body()));
    }
  }

  @Test
  void promtoolAcceptsTheAlerts() throws Exception {
    Promtool.Result result = Promtool.run("", "check", "rules", path("alerts.yml"));
    assertThat(result.code()).as(result.said()).isZero();
    assertThat(result.said()).contains(alerts().size() + " rules found");
  }

  @Test
  void promtoolSeesEachAlertFireAndKeepQuiet() throws Exception {
    Promtool.Result result = Promtool.run("", "test", "rules", path("alerts.test.yml"));
    assertThat(result.code()).as(result.said()).isZero();
    assertThat(result.said()).contains("SUCCESS");
  }

  @Test
  void promtoolAcceptsTheExpressionsOfTheDashboard() throws Exception {
    StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
    List<String> expressions = dashboardExpressions();
    for (int i = 0; i < expressions.size(); i++) {
      rules.append("      - record: dashboard:").append(i).append("\n        expr: |\n          ");
      rules.append(expressions.get(i).replaceAll("\\$__\\w+", "5m")).append('\n');
    }
    Path file = Files.writeString(Files.createTempFile("dashboard", ".yml"), rules);
    try {
      Promtool.Result result = Promtool.run("", "check", "rules", file.toString());
      assertThat(result.code()).as(result.said()).isZero();
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void theDashboardLetsItsReaderChooseTheDataSource() throws IOException {
    JsonNode dashboard = dashboard();
    assertThat(dashboard.at("/templating/list/0/type").asText()).isEqualTo("datasource");
    List<JsonNode> sources = dashboard.findValues("datasource");
    assertThat(sources).hasSizeGreaterThan(30);
    for (JsonNode source : sources) {
      assertThat(source.path("uid").asText()).isEqualTo("${datasource}");
    }
  }

  @Test
  void noPanelOfTheDashboardLiesOnAnother() throws IOException {
    Set<String> taken = new TreeSet<>();
    for (JsonNode panel : dashboard().path("panels")) {
      JsonNode at = panel.path("gridPos");
      for (int x = at.path("x").asInt(); x < at.path("x").asInt() + at.path("w").asInt(); x++) {
        for (int y = at.path("y").asInt(); y < at.path("y").asInt() + at.path("h").asInt(); y++) {
          assertThat(taken.add(x + " " + y)).as(panel.path("title").asText()).isTrue();
        }
      }
    }
    assertThat(dashboard().findValues("id")).doesNotHaveDuplicates();
  }

  private static List<Alert> alerts() throws IOException {
    return ALERT
        .matcher(read("alerts.yml"))
        .results()
        .map(found -> new Alert(found.group(1), found.group(2), found.group(3)))
        .toList();
  }

  private static JsonNode dashboard() throws IOException {
    return new ObjectMapper().readTree(read("grafana-dashboard.json"));
  }

  private static List<String> dashboardExpressions() throws IOException {
    return dashboard().findValuesAsText("expr");
  }

  /** What a scrape can hold. */
  private static Set<String> samples() {
    try (PrometheusMetrics metrics = PrometheusMetrics.create()) {
      return Collections.list(metrics.registry().metricFamilySamples()).stream()
          .flatMap(family -> Stream.of(family.getNames()))
          .collect(Collectors.toSet());
    }
  }

  private static Set<String> metricsOf(String expression) {
    String bare = expression.replaceAll("\"[^\"]*\"", "").replaceAll("\\$\\w+", "");
    return Set.copyOf(all("(" + NAME + ")", bare));
  }

  private static List<String> all(String regex, String text) {
    return Pattern.compile(regex).matcher(text).results().map(found -> found.group(1)).toList();
  }

  private static String read(String file) throws IOException {
    return Files.readString(FOLDER.resolve(file));
  }

  private static String path(String file) {
    return FOLDER.resolve(file).toString();
  }
}
