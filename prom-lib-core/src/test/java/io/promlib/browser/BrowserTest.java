package io.promlib.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.testkit.browser.Browser;
import io.promlib.testkit.browser.Page;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrowserTest {
  private static final String HTML =
      """
      <style>
        body { background: white }
        @media (prefers-color-scheme: dark) { body { background: black } }
      </style>
      <input id="name" value="old"><button id="greet" type="button">Greet</button>
      <p id="said"></p>
      <script>
        greet.onclick = () => setTimeout(() => said.textContent = 'Hello ' + name.value, 50);
        const name = document.getElementById('name');
      </script>
      """;

  private static Browser browser;
  private Page page;

  @BeforeAll
  static void start() {
    browser = Browser.start();
  }

  @AfterAll
  static void end() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void open() {
    page = browser.open(url(HTML));
  }

  @AfterEach
  void close() {
    page.close();
  }

  private static String url(String html) {
    return "data:text/html;base64,"
        + Base64.getEncoder().encodeToString(html.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aFieldIsFilledAndAButtonPressed() {
    page.fill("#name", "you");
    page.click("#greet");

    page.awaitText("#said", "Hello you");
    assertThat(page.takeErrors()).isEmpty();
  }

  @Test
  void theKeyboardMovesTheFocusAndPressesButtons() {
    page.click("#name");
    page.press("Tab");
    page.press("Enter");

    page.awaitText("#said", "Hello old");
    page.pressShift("Tab");
    assertThat(page.evaluate("document.activeElement.id").asText()).isEqualTo("name");
  }

  @Test
  void whatGoesWrongInThePageIsToldOnce() {
    page.evaluate("void console.error('of the console')");
    page.evaluate("void setTimeout(() => { throw new Error('of a timer') })");
    page.evaluate("new Promise(done => setTimeout(() => done(true)))");

    assertThat(page.takeErrors())
        .anySatisfy(error -> assertThat(error).contains("of the console"))
        .anySatisfy(error -> assertThat(error).contains("of a timer"))
        .hasSize(2);
    assertThat(page.takeErrors()).isEmpty();
  }

  @Test
  void anExceptionInWhatIsEvaluatedIsAFailureOfTheTest() {
    assertThatThrownBy(() -> page.evaluate("nobody.knows"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("nobody is not defined");
  }

  @Test
  void sizeAndColoursAreThoseAskedFor(@TempDir Path folder) throws Exception {
    page.size(360, 640);
    page.colours("dark");

    page.await("innerWidth === 360");
    assertThat(page.evaluate("getComputedStyle(document.body).backgroundColor").asText())
        .isEqualTo("rgb(0, 0, 0)");
    assertThat(page.scrollsSideways()).isFalse();
    page.evaluate("void (document.body.innerHTML = '<div style=\"width: 500px\">wide</div>')");
    assertThat(page.scrollsSideways()).isTrue();
    Path picture = folder.resolve("deeper/page.png");
    page.screenshot(picture);
    assertThat(Files.readAllBytes(picture)).startsWith(0x89, 'P', 'N', 'G');
  }

  @Test
  void goingToAnotherPartOfAPageKeepsIt() {
    page.evaluate("void (said.textContent = 'stays')");
    page.go(url(HTML) + "#part");

    assertThat(page.evaluate("location.hash").asText()).isEqualTo("#part");
    assertThat(page.text("#said")).isEqualTo("stays");
  }

  @Test
  void aReloadedPageIsAnotherDocument() {
    page.evaluate("void (said.textContent = 'gone soon')");
    page.reload();

    assertThat(page.text("#said")).isEmpty();
  }
}
