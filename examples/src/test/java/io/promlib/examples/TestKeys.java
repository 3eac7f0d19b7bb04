package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A key for localhost, good for two days, with a certificate that it signed itself, and the files
 * made of them.
 */
final class TestKeys {
  static final String PASSWORD = "keys-of-the-test";

  private final Path folder;
  private final KeyStore keys;

  private TestKeys(Path folder, KeyStore keys) {
    this.folder = folder;
    this.keys = keys;
  }

  /** Made by the JDK's own tool, in {@code keys.p12}. */
  static TestKeys in(Path folder) throws Exception {
    Path store = folder.resolve("keys.p12");
    Process tool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "key",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "SAN=dns:localhost,ip:127.0.0.1",
                    "-validity",
                    "2",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(tool.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(tool.exitValue()).as("exit code of keytool").isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return new TestKeys(folder, keys);
  }

  /** A keystore of the key, whose own password may be another than the store's. */
  Path store(String type, String keyPassword) throws Exception {
    KeyStore copy = empty(type);
    copy.setKeyEntry(
        "key",
        keys.getKey("key", PASSWORD.toCharArray()),
        keyPassword.toCharArray(),
        new Certificate[] {certificate()});
    return written(copy, "keys." + type);
  }

  /** A keystore of the certificate, without the key. */
  Path trustStore() throws Exception {
    KeyStore trust = empty("PKCS12");
    trust.setCertificateEntry("one", certificate());
    return written(trust, "trust.p12");
  }

  /** The certificate, as PEM. */
  Path pem() throws Exception {
    String base64 = Base64.getMimeEncoder().encodeToString(certificate().getEncoded());
    return Files.writeString(
        folder.resolve("gateway.pem"),
        "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
  }

  private Certificate certificate() throws Exception {
    return keys.getCertificate("key");
  }

  private static KeyStore empty(String type) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    store.load(null, null);
    return store;
  }

  private Path written(KeyStore store, String name) throws Exception {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD.toCharArray());
    }
    return file;
  }
}
