package io.promlib.client.js;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.testkit.browser.Browser;
import io.promlib.testkit.browser.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The scenarios in a page of a browser, each a test of its own. */
class BrowserScenariosTest {

  @TestFactory
  List<DynamicTest> scenarios() throws Exception {
    try (Browser browser = Browser.start();
        ControlServer control = new ControlServer()) {
      return run(browser, control);
    }
  }

  private static List<DynamicTest> run(Browser browser, ControlServer control) {
    try (Page page = browser.open(control.address() + "run.html")) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(5))
          .pollInterval(Duration.ofMillis(200))
          .until(() -> page.evaluate("window.ended === true").asBoolean());
      List<DynamicTest> tests = new ArrayList<>();
      for (JsonNode result : page.evaluate("window.results")) {
        tests.add(Results.test(result));
      }
      assertThat(tests).hasSizeGreaterThan(30);
      return tests;
    }
  }
}
