package io.promlib.examples;

import com.mongodb.ConnectionString;
import com.mongodb.MongoConfigurationException;
import com.mongodb.MongoException;
import io.promlib.PromException;
import io.promlib.bus.EventBus;
import io.promlib.mongo.MongoEventBus;
import java.util.Optional;

/** The database that {@code MONGO_URL} names. What it prints holds no password. */
final class MongoUrl {
  static final String VARIABLE = "MONGO_URL";
  static final String DEFAULT = "mongodb://127.0.0.1:27017/prom";
  private static final String DEFAULT_DATABASE = "prom";

  private final ConnectionString address;

  private MongoUrl(ConnectionString address) {
    this.address = address;
  }

  /**
   * Reads the variable.
   *
   * @throws UsageException naming it, if it is no address of a MongoDB
   */
  static MongoUrl of(Environment environment) {
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

  private String database() {
    return Optional.ofNullable(address.getDatabase()).orElse(DEFAULT_DATABASE);
  }

  /**
   * Opens the bus.
   *
   * @throws UsageException naming the variable, if the database cannot be used; says why
   */
  EventBus open() {
    try {
      return MongoEventBus.builder(address.getConnectionString()).open();
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
