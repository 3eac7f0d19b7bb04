package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientTrustTest {
  @TempDir static Path folder;
  private static TestKeys made;

  @BeforeAll
  static void make() throws Exception {
    made = TestKeys.in(folder);
  }

  @Test
  void aPemFileOrAKeystoreDoes() throws Exception {
    assertThat(in(made.pem(), "").getProtocol()).isEqualTo("TLS");
    assertThat(in(made.trustStore(), TestKeys.PASSWORD).getProtocol()).isEqualTo("TLS");
  }

  @Test
  void aKeystoreWithoutItsPasswordIsAnErrorThatNamesTheVariable() throws Exception {
    Path store = made.trustStore();

    assertThatWrong(store, "")
        .hasMessageEndingWith("holds no certificate, or needs WS_TRUST_PASSWORD");
    assertThatWrong(store, "another-password")
        .hasMessageStartingWith("WS_TRUST_PASSWORD does not open the keystore")
        .hasMessageNotContaining("another-password");
  }

  @Test
  void aFileThatHoldsNoCertificateIsNamed() throws Exception {
    Path pem = folder.resolve("other");
    Files.writeString(pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertThatWrong(pem, "").hasMessageContaining("other' has a certificate that is damaged");

    Files.writeString(pem, "something else");
    assertThatWrong(pem, "").hasMessageContaining("other' is no PKCS12 or JKS keystore");

    assertThatWrong(folder.resolve("none"), "").hasMessageContaining("none' is no file");
  }

  private static AbstractThrowableAssert<?, ?> assertThatWrong(Path file, String password) {
    return assertThatThrownBy(() -> in(file, password)).isInstanceOf(UsageException.class);
  }

  private static SSLContext in(Path file, String password) {
    return ClientTrust.in(file.toString(), new Environment(Map.of("WS_TRUST_PASSWORD", password)));
  }
}
