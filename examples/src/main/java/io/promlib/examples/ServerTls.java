package io.promlib.examples;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Date;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** The TLS of both edges, by {@code TLS_KEYSTORE} and {@code TLS_PASSWORD}. */
final class ServerTls {
  private static final String FILE = "TLS_KEYSTORE";
  private static final String PASSWORD = "TLS_PASSWORD";

  private final KeyFile file;
  private final char[] password;

  private ServerTls(KeyFile file, char[] password) {
    this.file = file;
    this.password = password;
  }

  /**
   * The context of the keystore that the environment names; none: no TLS. Every key in it is
   * checked, since which one a client is shown depends on the client.
   *
   * @throws UsageException naming the variable that is wrong, never the password
   */
  static Optional<SSLContext> of(Environment environment, InstantSource clock) {
    Optional<String> named = environment.text(FILE);
    if (named.isEmpty()) {
      environment.refuse(PASSWORD, "set " + FILE + " too, or neither");
      return Optional.empty();
    }
    String password =
        environment
            .secret(PASSWORD)
            .orElseThrow(() -> new UsageException(PASSWORD + " is not set: " + FILE + " needs it"));
    KeyFile file = KeyFile.of(named.get(), FILE, PASSWORD);
    return Optional.of(new ServerTls(file, password.toCharArray()).context(clock));
  }

  private SSLContext context(InstantSource clock) {
    KeyStore keys = file.open(password);
    try {
      check(keys, clock);
      KeyManagerFactory own =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      own.init(keys, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw file.wrong("cannot be used: " + e.getMessage());
    }
  }

  private void check(KeyStore keys, InstantSource clock) throws GeneralSecurityException {
    boolean any = false;
    for (String alias : Collections.list(keys.aliases())) {
      if (isKey(keys, alias)) {
        any = true;
        for (Certificate certificate : keys.getCertificateChain(alias)) {
          check(alias, certificate, Date.from(clock.instant()));
        }
      }
    }
    if (!any) {
      throw file.wrong("holds no private key with a certificate");
    }
  }

  private boolean isKey(KeyStore keys, String alias) throws GeneralSecurityException {
    try {
      Key key = keys.isKeyEntry(alias) ? keys.getKey(alias, password) : null;
      return key instanceof PrivateKey && hasChain(keys, alias);
    } catch (UnrecoverableKeyException otherPassword) {
      throw file.wrong("has a key, '" + alias + "', that " + PASSWORD + " does not open");
    }
  }

  private static boolean hasChain(KeyStore keys, String alias) throws KeyStoreException {
    Certificate[] chain = keys.getCertificateChain(alias);
    return chain != null && chain.length > 0;
  }

  private void check(String alias, Certificate certificate, Date now) {
    if (certificate instanceof X509Certificate x509) {
      try {
        x509.checkValidity(now);
      } catch (CertificateExpiredException e) {
        throw file.wrong(
            "has a certificate, '"
                + alias
                + "', that expired at "
                + x509.getNotAfter().toInstant());
      } catch (CertificateNotYetValidException e) {
        throw file.wrong(
            "has a certificate, '"
                + alias
                + "', not valid before "
                + x509.getNotBefore().toInstant());
      }
    }
  }
}
