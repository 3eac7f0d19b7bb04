package io.promlib.http;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.store.memory.InMemoryGroupStore;
import java.io.IOException;

/**
 * An edge with so many events that nobody has, in a process of its own: prints its port, and ends
 * when its input does.
 */
final class ExportMain {
  private ExportMain() {}

  public static void main(String[] args) throws IOException {
    try (EventBus bus =
            EventBus.builder()
                .stores(MadeUpEvents.of(Long.parseLong(args[0])), new InMemoryGroupStore())
                .build();
        HttpEdge edge =
            HttpEdge.of(bus)
                .port(0)
                .auth(StaticTokenAuthenticator.of(EdgeFixture.TOKEN))
                .limits(EdgeFixture.patient().build())
                .start()) {
      System.out.println(edge.address().getPort());
      while (System.in.read() >= 0) {
        // Until the parent ends.
      }
    }
  }
}
