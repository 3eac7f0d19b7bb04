package io.promlib.testkit.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A tab, used as a person would: pointer and keys are those of the browser. Selectors are CSS.
 * Whatever is not there yet is waited for, 60 s at most; what never comes is an {@link
 * AssertionError} that names it.
 */
public final class Page implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Map<String, Integer> KEYS =
      Map.of(
          "Tab",
          9,
          "Enter",
          13,
          "Escape",
          27,
          " ",
          32,
          "End",
          35,
          "Home",
          36,
          "ArrowLeft",
          37,
          "ArrowUp",
          38,
          "ArrowRight",
          39,
          "ArrowDown",
          40);

  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final DevTools tools;
  private final String session;
  private final String context;

  Page(DevTools tools, String session, String context) {
    this.tools = tools;
    this.session = session;
    this.context = context;
    tools.listen(session, this::event);
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      call(domain + ".enable", DevTools.object());
    }
  }

  /** Goes to an address; returns once the page is loaded. */
  public void go(String url) {
    // A mark that goes with the old document: load events of it are told from the next one's.
    evaluate("void (window.leaving = true)");
    JsonNode answer = call("Page.navigate", DevTools.object().put("url", url));
    if (answer.has("errorText")) {
      throw new AssertionError(url + ": " + answer.path("errorText").asText());
    }
    if (!answer.has("loaderId")) {
      // Only what is behind the # is another: the document stays.
      evaluate("void (window.leaving = false)");
    }
    awaitLoad();
  }

  /** Loads the page again; returns once it is loaded. */
  public void reload() {
    evaluate("void (window.leaving = true)");
    call("Page.reload", DevTools.object());
    awaitLoad();
  }

  private void awaitLoad() {
    await("!window.leaving && document.readyState === 'complete'");
  }

  /**
   * The value of an expression as JSON; of a promise, what it resolves to. An exception in the page
   * is an {@link AssertionError}.
   */
  public JsonNode evaluate(String expression) {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            DevTools.object()
                .put("expression", expression)
                .put("returnByValue", true)
                .put("awaitPromise", true)
                .put("userGesture", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + described(answer.path("exceptionDetails")));
    }
    return answer.path("result").path("value");
  }

  /** Waits until an expression is true; one that throws is not true yet. */
  public void await(String expression) {
    String[] last = {""};
    try {
      Awaitility.await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(25))
          .until(() -> isTrue(expression, last));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "not true in the page after " + PATIENCE.toSeconds() + " s: " + expression + last[0], e);
    }
  }

  private boolean isTrue(String expression, String[] last) {
    try {
      last[0] = "";
      return evaluate("Boolean(" + expression + ")").asBoolean();
    } catch (AssertionError | IllegalStateException e) {
      last[0] = "\n" + e.getMessage();
      return false;
    }
  }

  /** Waits until the text of what the selector finds first has this in it. */
  public void awaitText(String selector, String text) {
    await(found(selector) + ".innerText.includes(" + quoted(text) + ")");
  }

  /** The text that people see of what the selector finds first. */
  public String text(String selector) {
    await(found(selector));
    return evaluate(found(selector) + ".innerText").asText();
  }

  /** How many the selector finds now. */
  public int count(String selector) {
    return evaluate("document.querySelectorAll(" + quoted(selector) + ").length").asInt();
  }

  /** Presses the left button in the middle of what the selector finds first. */
  public void click(String selector) {
    await(found(selector) + ".checkVisibility() && !" + found(selector) + ".matches(':disabled')");
    JsonNode middle =
        evaluate(
            "(() => { const it = "
                + found(selector)
                + "; it.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});"
                + " const box = it.getBoundingClientRect();"
                + " return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()");
    for (String type : List.of("mouseMoved", "mousePressed", "mouseReleased")) {
      ObjectNode mouse = DevTools.object().put("type", type).put("clickCount", 1);
      mouse.set("x", middle.path("x"));
      mouse.set("y", middle.path("y"));
      mouse.put("button", type.equals("mouseMoved") ? "none" : "left");
      call("Input.dispatchMouseEvent", mouse);
    }
  }

  /** Puts text in a field, in place of what is there. */
  public void fill(String selector, String text) {
    click(selector);
    evaluate("void " + found(selector) + ".select()");
    if (text.isEmpty()) {
      evaluate("void document.execCommand('delete')");
    } else {
      type(text);
    }
  }

  /** Types text where the focus is. */
  public void type(String text) {
    call("Input.insertText", DevTools.object().put("text", text));
  }

  /** Presses a key, by its name in {@code KeyboardEvent.key}: Tab, Enter, Escape, ArrowDown. */
  public void press(String key) {
    press(key, 0);
  }

  /** The same with Shift held. */
  public void pressShift(String key) {
    press(key, 8);
  }

  private void press(String key, int modifiers) {
    Integer code = KEYS.get(key);
    if (code == null) {
      throw new IllegalArgumentException(
          "no such key here: " + key + "; known are " + KEYS.keySet());
    }
    ObjectNode down =
        DevTools.object()
            .put("type", "keyDown")
            .put("key", key)
            .put("code", key.equals(" ") ? "Space" : key)
            .put("modifiers", modifiers)
            .put("windowsVirtualKeyCode", code);
    if (key.equals("Enter") || key.equals(" ")) {
      down.put("text", key.equals(" ") ? " " : "\r");
    }
    call("Input.dispatchKeyEvent", down);
    down.remove("text");
    call("Input.dispatchKeyEvent", down.put("type", "keyUp"));
  }

  /** The window's size, in CSS pixels. */
  public void size(int width, int height) {
    call(
        "Emulation.setDeviceMetricsOverride",
        DevTools.object()
            .put("width", width)
            .put("height", height)
            .put("deviceScaleFactor", 1)
            .put("mobile", false));
  }

  /** What {@code prefers-color-scheme} says: light or dark. */
  public void colours(String scheme) {
    ObjectNode media = DevTools.object();
    media.putArray("features").addObject().put("name", "prefers-color-scheme").put("value", scheme);
    call("Emulation.setEmulatedMedia", media);
  }

  /** Cuts the page off the network, or gives it back. */
  public void offline(boolean offline) {
    call(
        "Network.emulateNetworkConditions",
        DevTools.object()
            .put("offline", offline)
            .put("latency", 0)
            .put("downloadThroughput", -1)
            .put("uploadThroughput", -1));
  }

  /** Whether the page is wider than the window. */
  public boolean scrollsSideways() {
    return evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        .asBoolean();
  }

  /**
   * What went wrong in the page since the last call: exceptions, errors and warnings on its
   * console, what the browser refused or could not load.
   */
  public List<String> takeErrors() {
    // The answer comes behind the events before it.
    evaluate("0");
    List<String> taken = List.copyOf(errors);
    errors.removeAll(taken);
    return taken;
  }

  /** Writes what the window shows as a PNG; makes the folders that lack. */
  public void screenshot(Path file) {
    JsonNode answer = call("Page.captureScreenshot", DevTools.object().put("format", "png"));
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, Base64.getDecoder().decode(answer.path("data").asText()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    tools.forget(session);
    tools.call(
        null, "Target.disposeBrowserContext", DevTools.object().put("browserContextId", context));
  }

  private JsonNode call(String method, ObjectNode params) {
    return tools.call(session, method, params);
  }

  private void event(String method, JsonNode params) {
    switch (method) {
      case "Runtime.exceptionThrown" -> errors.add(described(params.path("exceptionDetails")));
      case "Runtime.consoleAPICalled" -> {
        String type = params.path("type").asText();
        if (List.of("error", "warning", "assert").contains(type)) {
          StringBuilder said = new StringBuilder(type).append(':');
          params
              .path("args")
              .forEach(
                  arg ->
                      said.append(' ')
                          .append(arg.path("value").asText(arg.path("description").asText())));
          errors.add(said.toString());
        }
      }
      case "Log.entryAdded" -> {
        JsonNode entry = params.path("entry");
        if (List.of("error", "warning").contains(entry.path("level").asText())) {
          errors.add(entry.path("text").asText() + " " + entry.path("url").asText());
        }
      }
      default -> {}
    }
  }

  private static String described(JsonNode details) {
    return details.path("exception").path("description").asText(details.path("text").asText());
  }

  private static String found(String selector) {
    return "document.querySelector(" + quoted(selector) + ")";
  }

  private static String quoted(String text) {
    return TextNode.valueOf(text).toString();
  }
}
