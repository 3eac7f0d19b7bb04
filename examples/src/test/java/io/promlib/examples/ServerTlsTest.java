package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerTlsTest {
  private static final InstantSource NOW = InstantSource.system();

  @TempDir static Path folder;
  private static TestKeys made;

  @BeforeAll
  static void make() throws Exception {
    made = TestKeys.in(folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PKCS12", "JKS"})
  void aKeystoreWithAKeyDoes(String type) throws Exception {
    assertThat(of(made.store(type, TestKeys.PASSWORD), TestKeys.PASSWORD)).isPresent();
  }

  @Test
  void withoutAKeystoreThereIsNoTls() {
    assertThat(of(Map.of("TLS_KEYSTORE", "", "TLS_PASSWORD", ""), NOW)).isEmpty();
  }

  @Test
  void eachVariableNeedsTheOther() {
    assertThatThrownBy(() -> of(Map.of("TLS_PASSWORD", "p"), NOW))
        .isInstanceOf(UsageException.class)
        .hasMessage("TLS_PASSWORD has no effect: set TLS_KEYSTORE too, or neither");
    assertThatThrownBy(() -> of(Map.of("TLS_KEYSTORE", "keys.p12"), NOW))
        .isInstanceOf(UsageException.class)
        .hasMessage("TLS_PASSWORD is not set: TLS_KEYSTORE needs it");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatWrong(folder.resolve("none"), "any-password")
        .hasMessageContainingAll("TLS_KEYSTORE", "none' is no file");
    assertThatWrong(folder, "any-password").hasMessageContaining("is no file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PKCS12", "JKS"})
  void aWrongPasswordIsAnErrorThatNamesTheVariable(String type) throws Exception {
    assertThatWrong(made.store(type, TestKeys.PASSWORD), "another-password")
        .hasMessageStartingWith("TLS_PASSWORD does not open the keystore");
  }

  @Test
  void aKeyWithAPasswordOfItsOwnIsNamed() throws Exception {
    assertThatWrong(made.store("JKS", "a-key-password"), TestKeys.PASSWORD)
        .hasMessageContaining("has a key, 'key', that TLS_PASSWORD does not open");
  }

  @Test
  void aFileThatIsNoKeystoreIsNamed() throws Exception {
    Path keys = folder.resolve("none-such");
    Files.writeString(keys, "-----BEGIN CERTIFICATE-----");
    assertThatWrong(keys, "any-password").hasMessageContaining("is no PKCS12 or JKS keystore");

    Files.writeString(keys, "");
    assertThatWrong(keys, "any-password").hasMessageContaining("TLS_KEYSTORE is wrong");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PKCS12", "JKS"})
  void aTruncatedKeystoreIsNamed(String type) throws Exception {
    Path keys = made.store(type, TestKeys.PASSWORD);
    byte[] whole = Files.readAllBytes(keys);
    Files.write(keys, Arrays.copyOf(whole, whole.length / 2));

    assertThatWrong(keys, TestKeys.PASSWORD).hasMessageContaining("' is damaged");
  }

  @Test
  void certificatesWithoutAKeyAreNotEnough() throws Exception {
    assertThatWrong(made.trustStore(), TestKeys.PASSWORD)
        .hasMessageContaining("holds no private key with a certificate");
  }

  @Test
  void aCertificateOutOfItsTimeIsNamed() throws Exception {
    Path keys = made.store("PKCS12", TestKeys.PASSWORD);

    assertThatWrong(keys, TestKeys.PASSWORD, InstantSource.offset(NOW, Duration.ofDays(3)))
        .hasMessageContaining("has a certificate, 'key', that expired at 2");
    assertThatWrong(keys, TestKeys.PASSWORD, InstantSource.offset(NOW, Duration.ofDays(-1)))
        .hasMessageContaining("has a certificate, 'key', not valid before 2");
  }

  private static AbstractThrowableAssert<?, ?> assertThatWrong(Path file, String password) {
    return assertThatWrong(file, password, NOW);
  }

  private static AbstractThrowableAssert<?, ?> assertThatWrong(
      Path file, String password, InstantSource clock) {
    return assertThatThrownBy(() -> of(variables(file, password), clock))
        .isInstanceOf(UsageException.class)
        .hasMessageNotContaining(password);
  }

  private static Optional<SSLContext> of(Path file, String password) {
    return of(variables(file, password), NOW);
  }

  private static Map<String, String> variables(Path file, String password) {
    return Map.of("TLS_KEYSTORE", file.toString(), "TLS_PASSWORD", password);
  }

  private static Optional<SSLContext> of(Map<String, String> variables, InstantSource clock) {
    return ServerTls.of(new Environment(variables), clock);
  }
}
