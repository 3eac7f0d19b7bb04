package io.promlib.examples;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoConfigurationException;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import io.promlib.PromException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The database that {@code MONGO_URL} names. What it prints holds no password. */
public final class MongoUrl {
  static final String VARIABLE = "MONGO_URL";
  static final String DEFAULT = "mongodb://127.0.0.1:27017/prom";
  private static final String DEFAULT_DATABASE = "prom";
  private static final int REACH_SECONDS = 5;
  private static final int ANSWER_SECONDS = 30;

  private final ConnectionString address;

  private MongoUrl(ConnectionString address) {
    this.address = address;
  }

  /**
   * Reads the variable.
   *
   * @throws UsageException naming it, if it is no address of a MongoDB
   */
  public static MongoUrl of(Environment environment) {
    String text = environment.text(VARIABLE).orElse(DEFAULT);
    try {
      return new MongoUrl(new ConnectionString(text));
    } catch (IllegalArgumentException | MongoConfigurationException wrong) {
      throw new UsageException(
          VARIABLE
              + " is wrong: it must be an address such as "
              + DEFAULT
              + reason(text, wrong).map(reason -> "; " + reason).orElse(""));
    }
  }

  /** The driver repeats parts of the address, which may be parts of a password. */
  private static Optional<String> reason(String text, RuntimeException wrong) {
    return text.contains("@") || text.contains("?")
        ? Optional.empty()
        : Optional.ofNullable(wrong.getMessage());
  }

  public String database() {
    return Optional.ofNullable(address.getDatabase()).orElse(DEFAULT_DATABASE);
  }

  /**
   * A client of the database, which may not answer yet; the caller's to close.
   *
   * @throws UsageException naming the variable, if the driver does not take what it asks for
   */
  public MongoClient connect() {
    return usable(
        () ->
            MongoClients.create(
                MongoClientSettings.builder()
                    .applicationName("prom-lib-examples")
                    .applyToClusterSettings(
                        cluster -> cluster.serverSelectionTimeout(REACH_SECONDS, TimeUnit.SECONDS))
                    .applyToSocketSettings(
                        socket ->
                            socket
                                .connectTimeout(REACH_SECONDS, TimeUnit.SECONDS)
                                .readTimeout(ANSWER_SECONDS, TimeUnit.SECONDS))
                    .applyConnectionString(address)
                    .build()));
  }

  /**
   * Opens what needs the database.
   *
   * @throws UsageException naming the variable, if the database cannot be used; says why
   */
  public <T> T usable(Supplier<T> opening) {
    try {
      return opening.get();
    } catch (PromException unusable) {
      throw new UsageException(VARIABLE + " (" + this + "): " + unusable.getMessage());
    } catch (MongoException | IllegalArgumentException | IllegalStateException refused) {
      // The driver took the address, and not what it asks for.
      throw new UsageException(
          VARIABLE + " (" + this + ") cannot be used: " + refused.getMessage());
    }
  }

  /** Hosts and database. */
  @Override
  public String toString() {
    return String.join(",", address.getHosts()) + "/" + database();
  }
}
