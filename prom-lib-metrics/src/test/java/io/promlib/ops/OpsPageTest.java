package io.promlib.ops;

import static io.promlib.ops.Ops.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.outbox.InMemoryOutboxStore;
import io.promlib.outbox.OutboxDraft;
import io.promlib.state.Compactor;
import io.promlib.testkit.browser.Browser;
import io.promlib.testkit.browser.Page;
import io.promlib.wire.GatewayPeer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The page in a browser, with a bus that has something of everything. */
@TestMethodOrder(MethodOrderer.MethodName.class)
class OpsPageTest {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static final String SCRIPT = "<img src=x onerror=alert(1)>";

  private static final InMemoryOutboxStore OUTBOX = InMemoryOutboxStore.builder().build();
  private static final ConnectedClients CLIENTS = ConnectedClients.of(InstantSource.system(), 1000);
  private static Browser browser;
  private static Ops ops;
  private Page page;

  @BeforeAll
  static void start() {
    browser = Browser.start();
    ops =
        Ops.start(
            builder ->
                builder
                    .outbox(OUTBOX)
                    .clients(CLIENTS)
                    .limits(Ops.PATIENT.sampleEvery(Duration.ofMillis(200))));
    for (int i = 0; i < 60; i++) {
      ops.bus()
          .subscribe(ORDERS, String.format("reader-%02d", i), Ops.fromEarliest(), d -> {})
          .close();
    }
    ops.orders(6);
    ops.order("hostile", SCRIPT, "{\"html\":\"" + SCRIPT + "\",\"n\":12345678901234567890}");
    ops.giveUp("mailer", "no such address " + SCRIPT, 7);
    ops.stuck("billing");
    for (int i = 0; i < 4; i++) {
      ops.bus()
          .publish(
              Topic.of("process.state", JsonNode.class),
              Ops.tree("{\"cpu\":" + i + "}"),
              PublishOptions.none().key("host:p" + i));
    }
    try (Compactor compactor = Compactor.builder(ops.bus(), "process.state").build().start()) {
      assertThat(compactor).isNotNull();
      Awaitility.await()
          .until(
              () -> ops.get("/snapshots?topic=process.state").json().path("floor").asLong() == 4);
    }
    OUTBOX.add(
        OutboxDraft.of(ORDERS, Ops.tree("{\"order\":9}"), PublishOptions.none().id("r9"), 1), 1);
    GatewayPeer peer = new GatewayPeer(7, new InetSocketAddress("10.1.2.3", 5555), null);
    CLIENTS.onConnect(peer);
    CLIENTS.onAuthenticated(peer.as("dashboard " + SCRIPT));
  }

  @AfterAll
  static void end() {
    if (browser != null) {
      browser.close();
    }
    if (ops != null) {
      ops.close();
    }
    OUTBOX.close();
  }

  @BeforeEach
  void open() {
    page = browser.open(ops.url("/"));
    page.size(1280, 900);
    page.awaitText("#state", "Live");
  }

  @AfterEach
  void close() {
    page.close();
  }

  private void view(String name) {
    page.click("#tabs a[href^='#" + name + "']");
    page.await("document.querySelector('#tabs a[aria-current]').hash.startsWith('#" + name + "')");
  }

  private void giveToken() {
    page.click("#token");
    page.fill("#ask-token", Ops.ALL);
    page.press("Enter");
    page.awaitText("#token", "Token given");
  }

  /** What the first button that drops says at once, for it asks but a while, and what is told. */
  private String pressed(String press) {
    String text = "button.innerText + ' / ' + document.querySelector('#said').innerText";
    String button = "document.querySelector('tbody tr .danger')";
    // Until it may be used it is hidden, and what is hidden takes no focus.
    page.await(button + "?.offsetParent != null");
    return page.evaluate(
            "(button => {button.focus(); " + press + "; return " + text + "})(" + button + ")")
        .asText();
  }

  /** Presses an armed button until it takes that as another click than the one that armed it. */
  private void confirm(String selector, String done) {
    Awaitility.await()
        .until(
            () -> {
              page.evaluate("document.querySelector(\"" + selector + "\")?.click()");
              return page.evaluate(done).asBoolean();
            });
  }

  private void nothingWentWrong() {
    assertThat(page.takeErrors()).isEmpty();
    assertThat(page.count("img[src=x]")).isZero();
  }

  private void shot(String name) {
    page.screenshot(SCREENSHOTS.resolve("ops-" + name + ".png"));
  }

  @Test
  void groupsAreListedTheFurthestBehindFirstAndSearchedOnTheServer() {
    page.awaitText("main", "of 63");
    page.awaitText("tbody tr:first-child", "7");
    page.awaitText("main", "no subscriber in this process");
    page.await("document.querySelector('svg.spark polyline').getAttribute('points').length > 20");
    assertThat(page.count("tbody tr")).isEqualTo(25);
    shot("groups");
    page.click(".pager button:last-child");
    page.await("!document.querySelector('.pager button').disabled");
    page.fill("#f-q", "billing");
    page.await("document.querySelectorAll('tbody tr').length === 1");
    page.awaitText("tbody tr", "being worked on");
    page.awaitText("tbody tr", "oldest o1");
    assertThat(page.evaluate("location.hash").asText()).isEqualTo("#groups?q=billing");
    page.fill("#f-q", "nobody-has-this-name");
    page.awaitText("main", "No group matches");
    nothingWentWrong();
  }

  @Test
  void everyViewShowsWhatThereIs() {
    view("topics");
    page.awaitText("main", "process.state.snapshot");
    shot("topics");
    view("letters");
    page.awaitText("main", "orders");
    page.click("tbody a");
    page.awaitText("main", "no such address " + SCRIPT);
    page.fill("#f-q", "hostile");
    page.await("document.querySelectorAll('tbody tr').length === 1");
    page.click("tbody details summary");
    page.awaitText("tbody pre", "12345678901234567890");
    shot("letters");
    view("snapshots");
    page.click("tbody a");
    page.awaitText("main", "host:p3");
    shot("snapshots");
    view("outbox");
    page.awaitText("main", "Pending");
    page.awaitText("main .figures", "oldest");
    shot("outbox");
    view("clients");
    page.awaitText("main", "dashboard " + SCRIPT);
    shot("clients");
    nothingWentWrong();
  }

  @Test
  void aDeadLetterIsReplayedAndOneDropped() {
    page.go(ops.url("/#letters?topic=orders"));
    page.awaitText("main", "To act, give a token");
    assertThat(page.evaluate("document.querySelector('.row-buttons').hidden").asBoolean()).isTrue();
    giveToken();
    page.fill("#f-q", "customer-1");
    page.await("document.querySelectorAll('tbody tr').length === 1");
    String first = ops.get("/dlq?topic=orders&q=customer-1").json().at("/letters/0/id").asText();
    page.click("tbody tr .primary");
    page.awaitText("#said", "o1 is delivered to mailer again");
    Awaitility.await()
        .until(
            () ->
                !ops.get("/dlq?topic=orders&q=customer-1")
                    .json()
                    .at("/letters/0/id")
                    .asText(first)
                    .equals(first));
    page.fill("#f-q", "customer-2");
    page.awaitText("tbody tr", "customer-2");
    assertThat(pressed("button.click()")).startsWith("Drop for good?");
    assertThat(ops.get("/dlq?topic=orders&q=customer-2").json().path("letters")).hasSize(1);
    confirm("tbody tr .danger", "document.querySelectorAll('tbody tr').length === 0");
    page.awaitText("main", "No dead letter matches");
    page.await("document.activeElement.id === 'main'");
    assertThat(ops.get("/dlq?topic=orders&q=customer-2").json().path("letters")).isEmpty();
    nothingWentWrong();
  }

  @Test
  void aDoubleClickConfirmsNothingAndTheFocusGoesToTheRowBehindOneThatGoes() {
    page.go(ops.url("/#letters?topic=orders"));
    giveToken();
    page.await("document.querySelectorAll('tbody tr').length > 2");
    long letters = ops.get("/dlq?topic=orders").json().path("letters").size();
    String second = "button.dispatchEvent(new MouseEvent('click', {detail: 2, bubbles: true}))";
    assertThat(pressed("button.click();" + second))
        .isEqualTo("Drop for good? / Drop for good? Press again to confirm.");
    assertThat(ops.get("/dlq?topic=orders").json().path("letters")).hasSize((int) letters);
    page.evaluate("void document.querySelectorAll('tbody tr')[0].classList.add('first')");
    page.evaluate("void document.querySelectorAll('tbody tr')[1].classList.add('second')");
    confirm("tr.first .danger", "document.querySelector('tr.first') === null");
    page.await("document.activeElement.matches('tr.second summary')");
    assertThat(ops.get("/dlq?topic=orders").json().path("letters")).hasSize((int) letters - 1);
    nothingWentWrong();
  }

  @Test
  void aStoreThatDoesNotAnswerIsSaidThoughTheServerDoes() {
    try (Stalling store = new Stalling();
        Ops other = Ops.of(store.bus(), builder -> builder)) {
      page.go(other.url("/#topics"));
      page.awaitText("#state", "Live");
      store.fail(true);
      page.awaitText("#state", "Not up to date");
      page.awaitText("#lost", "Not up to date since ");
      store.fail(false);
      page.awaitText("#state", "Live");
      page.await("document.querySelector('#lost').hidden");
    }
    assertThat(page.takeErrors()).allSatisfy(error -> assertThat(error).contains("503"));
  }

  @Test
  void aTokenThatIsWrongIsAskedForAgain() {
    page.click("#token");
    page.fill("#ask-token", "wrong");
    page.click("#ask-form .primary");
    page.awaitText("#ask-why", "the token is not known here");
    page.await("document.querySelector('#ask').open");
    shot("token");
    page.fill("#ask-token", Ops.READER);
    page.press("Enter");
    page.awaitText("main", "reader-00");
    assertThat(page.evaluate("localStorage.length + document.cookie.length").asInt()).isZero();
    assertThat(page.takeErrors()).allSatisfy(error -> assertThat(error).contains("401"));
  }

  @Test
  void itIsUsableAt360PixelsInBothColours() {
    page.size(360, 740);
    for (String scheme : List.of("light", "dark")) {
      page.colours(scheme);
      for (String view :
          List.of(
              "groups",
              "topics",
              "letters?topic=orders",
              "snapshots?topic=process.state",
              "outbox?status=pending",
              "clients")) {
        page.go(ops.url("/#" + view));
        page.await("document.querySelectorAll('tbody tr').length > 0");
        assertThat(page.scrollsSideways()).as(view).isFalse();
        shot("narrow-" + scheme + "-" + view.replaceAll("[?].*", ""));
      }
    }
    String dark = page.evaluate("getComputedStyle(document.body).backgroundColor").asText();
    page.colours("light");
    String light = page.evaluate("getComputedStyle(document.body).backgroundColor").asText();
    assertThat(dark).isNotEqualTo(light);
    page.size(1280, 900);
    page.colours("dark");
    page.go(ops.url("/#groups"));
    page.awaitText("main", "billing");
    shot("groups-dark");
    nothingWentWrong();
  }

  @Test
  void theKeyboardReachesEverythingAndPollingLeavesFocusAndDetailsAlone() {
    page.fill("#f-q", "billing");
    page.await("document.querySelectorAll('tbody tr').length === 1");
    page.evaluate("void (document.querySelector('tbody tr').mark = 1)");
    page.press("Tab");
    page.press("Enter");
    page.await("document.activeElement.matches('tbody summary')");
    page.await("document.querySelector('tbody details').open");
    assertThat(page.evaluate("getComputedStyle(document.activeElement).outlineStyle").asText())
        .isEqualTo("solid");
    ops.order("more-" + System.nanoTime(), "k", "1");
    page.await(
        "Number(document.querySelector('tbody td:nth-child(2)').innerText.split(/\\s/)[0]) > 7");
    page.await("document.querySelector('tbody tr').mark === 1");
    assertThat(page.evaluate("document.activeElement.matches('tbody summary')").asBoolean())
        .isTrue();
    assertThat(page.evaluate("document.querySelector('tbody details').open").asBoolean()).isTrue();
    nothingWentWrong();
  }

  @Test
  void aLostConnectionIsSaidAndFoundAgain() {
    page.offline(true);
    page.awaitText("#state", "Connection lost");
    page.awaitText("#lost", "Connection lost at ");
    shot("lost");
    page.offline(false);
    page.awaitText("#state", "Live");
    page.await("document.querySelector('#lost').hidden");
    assertThat(page.takeErrors())
        .allSatisfy(error -> assertThat(error).contains("ERR_INTERNET_DISCONNECTED"));
  }
}
