package io.promlib.ops;

/**
 * Whether something that the process needs is there: returns if it is, throws if not. It may block;
 * what it throws goes to the log and not to the client.
 */
@FunctionalInterface
public interface ReadyCheck {
  void check() throws Exception;
}
