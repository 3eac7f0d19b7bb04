package io.promlib.ws.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
  private static boolean allows(String listed, String origin) {
    return new Origins(Set.of(listed)).allows(origin, "gateway.example:8090");
  }

  @ParameterizedTest
  @CsvSource({
    "https://a.example, https://a.example",
    "https://a.example, HTTPS://A.Example",
    "HTTPS://A.Example, https://a.example",
    "https://a.example:443, https://a.example",
    "https://a.example, https://a.example:443",
    "http://a.example:80, http://a.example",
    "wss://a.example:443, wss://a.example",
    "http://[::1]:8080, http://[0:0:0:0:0:0:0:1]:8080",
    "http://[2001:DB8::1], http://[2001:db8:0:0::1]:80",
    "app://one, app://one",
    "null, null",
  })
  void oneOriginInTwoSpellingsIsOne(String listed, String origin) {
    assertThat(allows(listed, origin)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "https://a.example, http://a.example",
    "https://a.example, https://a.example:80",
    "https://a.example, https://a.example:8443",
    "https://a.example, https://a.example.",
    "https://a.example, https://b.a.example",
    "https://a.example, https://a.example.evil.example",
    "https://a.example, https://evil.example/https://a.example",
    "https://a.example, https://a.example; https://evil.example",
    "https://a.example, https://user@a.example",
    "https://a.example, null",
    "https://a.example, file://",
    "http://[::1], http://[::2]",
    "http://[::1], http://::1",
    "app://one:443, app://one",
  })
  void anotherOriginIsRefused(String listed, String origin) {
    assertThat(allows(listed, origin)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://gateway.example", "http://Gateway.Example:3000"})
  void ifNoneIsListedThePagesOfTheHostThatWasAskedMayConnect(String origin) {
    assertThat(new Origins(Set.of()).allows(origin, "gateway.example:8090")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "https://evil.example",
        "https://gateway.example.",
        "file://",
        "%",
        "[::1"
      })
  void ifNoneIsListedPagesOfOtherHostsMayNot(String origin) {
    assertThat(new Origins(Set.of()).allows(origin, "gateway.example:8090")).isFalse();
  }

  @Test
  void aClientWithoutAnOriginIsNoBrowser() {
    assertThat(new Origins(Set.of("https://a.example")).allows("", "h")).isTrue();
    assertThat(new Origins(Set.of()).allows("", "h")).isTrue();
  }

  @Test
  void aHostHeaderThatIsNoneMatchesNoPage() {
    assertThat(new Origins(Set.of()).allows("https://a.example", "a.example; a.example")).isFalse();
    assertThat(new Origins(Set.of()).allows("https://a.example", "")).isFalse();
  }

  @Test
  void nullCanBeListed() {
    assertThatCode(() -> Origins.check("null")).doesNotThrowAnyException();
    assertThatThrownBy(() -> Origins.check("nil")).hasMessageContaining("'nil'");
  }
}
