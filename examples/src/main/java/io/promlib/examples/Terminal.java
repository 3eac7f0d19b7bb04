package io.promlib.examples;

import java.io.Console;

/** Whether a person reads what is printed. */
public final class Terminal {
  private Terminal() {}

  @SuppressWarnings("SystemConsoleNull") // It is null where JDK 17 finds no terminal.
  public static boolean present() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // From JDK 22 on there is a console even where the output goes to a file.
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException before22) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
