package io.promlib.examples;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Whom a client trusts that is given a file in place of the platform's trust store. */
public final class ClientTrust {
  public static final String VARIABLE = "WS_TRUST";
  private static final String PASSWORD = "WS_TRUST_PASSWORD";
  private static final String PEM = "-----BEGIN CERTIFICATE-----";

  private final KeyFile file;
  private final Optional<String> password;

  private ClientTrust(KeyFile file, Optional<String> password) {
    this.file = file;
    this.password = password;
  }

  /**
   * Trust in the certificates of a file: PEM, or a keystore whose password {@code
   * WS_TRUST_PASSWORD} is.
   *
   * @throws UsageException naming the setting that is wrong, never the password
   */
  public static SSLContext in(String name, Environment environment) {
    KeyFile file = KeyFile.of(name, VARIABLE + " or --trust", PASSWORD);
    return new ClientTrust(file, environment.secret(PASSWORD)).context();
  }

  private SSLContext context() {
    try {
      String text = Files.readString(file.path(), StandardCharsets.ISO_8859_1);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(
          text.contains(PEM)
              ? pem(text)
              : file.open(password.map(String::toCharArray).orElse(null)));
      checkAny(trust.getTrustManagers());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw file.wrong("cannot be used: " + e.getMessage());
    }
  }

  private KeyStore pem(String text) throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    for (Certificate certificate : certificates(text)) {
      trusted.setCertificateEntry("certificate-" + trusted.size(), certificate);
    }
    return trusted;
  }

  private Collection<? extends Certificate> certificates(String text) throws CertificateException {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(
              new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (CertificateException damaged) {
      throw file.wrong("has a certificate that is damaged");
    }
  }

  private void checkAny(TrustManager[] managers) {
    for (TrustManager manager : managers) {
      if (manager instanceof X509TrustManager x509 && x509.getAcceptedIssuers().length > 0) {
        return;
      }
    }
    throw file.wrong(
        "holds no certificate" + (password.isPresent() ? "" : ", or needs " + PASSWORD));
  }
}
