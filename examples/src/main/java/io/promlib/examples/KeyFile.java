package io.promlib.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.UnrecoverableKeyException;
import org.jspecify.annotations.Nullable;

/**
 * A keystore, PKCS12 or JKS, and the settings that name it and its password.
 *
 * @param setting what names the file, such as {@code TLS_KEYSTORE}
 * @param passwordSetting what holds the password
 */
record KeyFile(Path path, String setting, String passwordSetting) {

  /**
   * The file of that name.
   *
   * @throws UsageException naming the setting, if no file can have the name or none may be read
   */
  static KeyFile of(String name, String setting, String passwordSetting) {
    try {
      KeyFile file = new KeyFile(Path.of(name), setting, passwordSetting);
      file.check();
      return file;
    } catch (InvalidPathException e) {
      throw new UsageException(setting + " is wrong: '" + name + "' is no name of a file");
    }
  }

  /**
   * Reads it.
   *
   * @throws UsageException naming the setting that is wrong
   */
  KeyStore open(char @Nullable [] password) {
    try {
      return KeyStore.getInstance(path.toFile(), password);
    } catch (KeyStoreException unknown) {
      throw wrong("is no PKCS12 or JKS keystore");
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException) {
        throw new UsageException(passwordSetting + " does not open the keystore '" + path + "'");
      }
      throw wrong("is damaged, or is no keystore");
    } catch (GeneralSecurityException e) {
      throw wrong("holds what this Java does not know: " + e.getMessage());
    }
  }

  private void check() {
    if (!Files.isRegularFile(path)) {
      throw wrong("is no file");
    }
    if (!Files.isReadable(path)) {
      throw wrong("may not be read by this user");
    }
  }

  UsageException wrong(String what) {
    return new UsageException(setting + " is wrong: '" + path + "' " + what);
  }
}
