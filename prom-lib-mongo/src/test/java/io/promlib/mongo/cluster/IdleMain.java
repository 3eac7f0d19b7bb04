package io.promlib.mongo.cluster;

import java.nio.file.Path;

/** Does nothing but what every child does: is ready, and writes a note when it is told to go. */
final class IdleMain {
  private IdleMain() {}

  public static void main(String[] line) throws Exception {
    Settings settings = new Settings(line);
    Child child = new Child();
    try (Journal journal = new Journal(Path.of(settings.text("journal")), settings.text("who"))) {
      if (settings.number("broken") > 0) {
        throw new IllegalStateException("broken, as it was told to be");
      }
      child.say("ready");
      child.awaitGo();
      journal.note(Note.Kind.PUBLISHED, "nothing", 0);
      child.awaitStop();
    }
  }
}
