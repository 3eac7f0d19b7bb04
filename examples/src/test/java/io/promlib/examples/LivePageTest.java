package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.examples.process.Heartbeat;
import io.promlib.examples.process.Projector;
import io.promlib.examples.process.Topics;
import io.promlib.testkit.ManualClock;
import io.promlib.testkit.browser.Browser;
import io.promlib.testkit.browser.Page;
import io.promlib.time.Timing;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The live board in a browser, in front of the real edges. */
class LivePageTest {
  private static final String TOKEN = "a-secret-of-the-test";
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static Browser browser;

  private final Timing system = Timing.system();
  private final ManualClock clock = new ManualClock(system.wall().instant());
  private final EventBus bus = EventBus.inMemory();
  private final Projector projector = Projector.start(bus, clock);
  private Edges edges = open("0", "0");
  private Page page;

  @BeforeAll
  static void startBrowser() {
    browser = Browser.start();
  }

  @AfterAll
  static void endBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @AfterEach
  void close() {
    if (page != null) {
      page.close();
    }
    edges.close();
    projector.close();
    bus.close();
    system.close();
  }

  private Edges open(String wsPort, String httpPort) {
    return open(bus, wsPort, httpPort);
  }

  private static Edges open(EventBus bus, String wsPort, String httpPort) {
    EdgeSettings settings =
        EdgeSettings.of(new Environment(Map.of("WS_PORT", wsPort, "HTTP_PORT", httpPort)));
    return Edges.open(bus, settings, StaticTokenAuthenticator.of(TOKEN));
  }

  private void openPage(String fragment) {
    page = browser.open(edges.httpAddress() + fragment);
  }

  private void beat(String name, double cpu, double memory) {
    bus.publish(Topics.HEARTBEAT_RECEIVED, new Heartbeat(7, name, "host", cpu, memory, null));
  }

  private static String cell(String name, int number) {
    return "tr[data-key='host:" + name + ":7'] td:nth-child(" + number + ")";
  }

  private void noErrors() {
    assertThat(page.takeErrors()).isEmpty();
  }

  @Test
  void itShowsWhatThereIsAndWhatChanges() {
    beat("java", 12.5, 300);
    beat("postgres", 3, 2048);
    openPage("#token=" + TOKEN);

    page.awaitText(cell("java", 3), "12.5 %");
    page.awaitText(cell("postgres", 5), "2.0 GB");
    page.awaitText("#connection", "Live");
    page.awaitText("#alive", "2");
    page.awaitText("#cpu", "16 %");
    beat("java", 50, 310);
    beat("bash", 0, 4);
    page.awaitText(cell("java", 3), "50.0 %");
    page.awaitText(cell("bash", 5), "4 MB");
    page.await("document.querySelector(\"" + cell("java", 4) + " path\").hasAttribute('d')");
    page.screenshot(SCREENSHOTS.resolve("board-light.png"));
    noErrors();
  }

  @Test
  void theTokenLeavesTheAddressAtOnceAndIsKeptForTheTab() {
    beat("java", 1, 1);
    openPage("#token=" + TOKEN);
    page.awaitText(cell("java", 1), "java");

    assertThat(page.evaluate("location.href").asText()).doesNotContain(TOKEN);
    page.reload();
    page.awaitText(cell("java", 1), "java");
    noErrors();
  }

  @Test
  void withoutATokenItAsksAndSaysWhenItWasWrong() {
    beat("java", 1, 1);
    openPage("");
    page.fill("#token", "a-guess");
    page.press("Enter");
    page.awaitText("#refusal", "bad_token");

    page.fill("#token", TOKEN);
    page.press("Enter");
    page.awaitText(cell("java", 1), "java");
    assertThat(page.text("#refusal")).doesNotContain("a-guess");
    page.evaluate("document.querySelector('details').open = true");
    page.click("#forget");
    page.await("!document.getElementById('login').hidden");
    assertThat(page.evaluate("sessionStorage.length").asInt()).isZero();
    noErrors();
  }

  @Test
  void aRestartOfTheGatewayNeedsNoReload() {
    beat("java", 1, 1);
    openPage("#token=" + TOKEN);
    page.awaitText(cell("java", 3), "1.0 %");
    page.evaluate("window.sameDocument = true");
    String wsPort = Integer.toString(URI.create(edges.wsAddress()).getPort());
    String httpPort = Integer.toString(URI.create(edges.httpAddress()).getPort());

    edges.close();
    page.awaitText("#connection", "lost");
    page.screenshot(SCREENSHOTS.resolve("board-lost.png"));
    beat("java", 2, 1);
    edges = open(wsPort, httpPort);

    page.awaitText("#connection", "Live");
    page.awaitText(cell("java", 3), "2.0 %");
    assertThat(page.evaluate("window.sameDocument").asBoolean()).isTrue();
    // The browser itself tells of the connections that failed meanwhile.
    assertThat(page.takeErrors()).allMatch(error -> error.contains("WebSocket connection to"));
  }

  @Test
  @SuppressWarnings("try") // The projector works by being open.
  void anotherBusBehindTheAddressShowsItsOwnProcessesOnly() {
    beat("java", 1, 1);
    beat("bash", 1, 1);
    openPage("#token=" + TOKEN);
    page.awaitText(cell("bash", 1), "bash");
    String wsPort = Integer.toString(URI.create(edges.wsAddress()).getPort());

    edges.close();
    try (EventBus other = EventBus.inMemory();
        Projector theirs = Projector.start(other, clock);
        Edges again = open(other, wsPort, "0")) {
      other.publish(Topics.HEARTBEAT_RECEIVED, new Heartbeat(7, "nginx", "host", 4, 5, null));
      page.awaitText(cell("nginx", 3), "4.0 %");
      page.await("document.querySelectorAll('#rows tr').length === 1");
      assertThat(again.wsAddress()).contains(wsPort);
    }
  }

  @Test
  void aTokenInTheFragmentOfAnOpenPageIsTaken() {
    beat("java", 1, 1);
    openPage("");
    page.await("!document.getElementById('login').hidden");

    page.evaluate("void (location.hash = '#token=" + TOKEN + "')");
    page.awaitText(cell("java", 1), "java");
    assertThat(page.evaluate("location.href").asText()).doesNotContain(TOKEN);
    noErrors();
  }

  @Test
  void aSilentProcessTurnsStaleAndATombstoneTakesItsRow() {
    beat("java", 1, 1);
    openPage("#token=" + TOKEN);
    page.awaitText(cell("java", 1), "java");

    clock.advance(Duration.ofSeconds(25));
    page.awaitText(cell("java", 7), "stale");
    page.awaitText("#stale", "1");
    page.await("document.querySelector('tr.stale') !== null");
    page.screenshot(SCREENSHOTS.resolve("board-stale.png"));
    bus.publish(
        Topic.raw(Topics.PROCESS_STATE.name()),
        Payload.NULL.tree(),
        PublishOptions.none().key("host:java:7"));
    page.await("document.querySelectorAll('#rows tr').length === 0");
    noErrors();
  }

  @Test
  void whoIsNotSeenAnyMoreIsStaleThoughNobodySaysSo() {
    beat("java", 1, 1);
    openPage("#token=" + TOKEN);
    page.awaitText(cell("java", 1), "java");
    page.awaitText("#alive", "1");

    page.evaluate(
        "void (() => { const now = performance.now.bind(performance);"
            + " performance.now = () => now() + 31000; })()");

    page.awaitText("#stale", "1");
    page.awaitText(cell("java", 7), "stale");
    beat("java", 2, 2);
    page.awaitText("#stale", "0");
    noErrors();
  }

  @Test
  void showingAllDrawsNothingThatIsGone() {
    beat("java", 1, 1);
    openPage("#token=" + TOKEN);
    page.awaitText(cell("java", 1), "java");
    page.evaluate(
        "void setInterval(() => document.getElementById('more').lastElementChild.click(), 2)");

    bus.publish(
        Topic.raw(Topics.PROCESS_STATE.name()),
        Payload.NULL.tree(),
        PublishOptions.none().key("host:java:7"));

    page.await("document.querySelectorAll('#rows tr').length === 0");
    noErrors();
  }

  @Test
  void itIsFilteredAndSortedByKeyboard() {
    beat("java", 1, 30);
    beat("bash", 5, 10);
    beat("nginx", 3, 20);
    openPage("#token=" + TOKEN);
    page.awaitText("#alive", "3");

    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { key: '/' }))");
    page.type("NGIN");
    page.await("document.querySelectorAll('#rows tr').length === 1");
    page.awaitText("#rows tr td", "nginx");
    page.fill("#filter", "");
    page.evaluate("document.querySelector('th[data-sort=memory] button').focus()");
    page.press("Enter");
    page.await(names("java,nginx,bash"));
    page.press("Enter");
    page.await(names("bash,nginx,java"));
    assertThat(page.evaluate("document.querySelector('th[data-sort=memory]').ariaSort").asText())
        .isEqualTo("ascending");
    noErrors();
  }

  private static String names(String expected) {
    return "[...document.querySelectorAll('#rows tr td:first-child')]"
        + ".map(cell => cell.firstChild.data).join() === '"
        + expected
        + "'";
  }

  @Test
  void itFitsANarrowScreenInTheDark() {
    for (int i = 0; i < 30; i++) {
      beat("process-with-a-long-name-" + i, i, 40 * i);
    }
    openPage("#token=" + TOKEN);
    page.size(360, 740);
    page.colours("dark");
    page.awaitText("#alive", "30");

    assertThat(page.scrollsSideways()).isFalse();
    page.screenshot(SCREENSHOTS.resolve("board-dark-360.png"));
    noErrors();
  }

  @Test
  void whatAProcessIsCalledIsTextWhateverItHolds() {
    beat("<img src=x onerror=window.bad=1>", 1, 1);
    openPage("#token=" + TOKEN);
    page.awaitText("#rows tr td", "<img src=x");

    assertThat(page.evaluate("window.bad === undefined").asBoolean()).isTrue();
    noErrors();
  }
}
