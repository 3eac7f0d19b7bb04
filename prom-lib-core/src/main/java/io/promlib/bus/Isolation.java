package io.promlib.bus;

/**
 * What can crash as one: by default the process, which is the bus; for a remote subscriber its
 * connection. An event whose failures are crashes gets its last attempt while nothing else of its
 * isolation is in flight, so that what merely ran beside it is never blamed. One instance stands
 * for one such thing, by identity.
 */
public final class Isolation {
  private final String name;

  public Isolation(String name) {
    this.name = name;
  }

  @Override
  public String toString() {
    return name;
  }
}
