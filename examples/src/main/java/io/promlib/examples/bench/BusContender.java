package io.promlib.examples.bench;

import io.promlib.bus.EventBus;
import io.promlib.bus.GroupView;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Message;
import io.promlib.event.Topic;
import io.promlib.store.TopicSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The bus in memory: publish, handle, and the ack that the handler's return is. */
final class BusContender implements Contender {
  private static final int IDLE_TOPICS = 10;
  private static final int IDLE_EVENTS = 1_000_000;

  private final EventBus bus = EventBus.inMemory();
  private final List<Topic<Sample>> topics = new ArrayList<>();

  BusContender(Workload workload, Tally tally) {
    if (workload.idleGroups() > 0) {
      idle(workload);
    }
    SubscribeOptions options = SubscribeOptions.builder().maxInFlight(4_000).build();
    for (int number = 0; number < workload.topics(); number++) {
      Topic<Sample> topic = Topic.of("bench.load-" + number, Sample.class);
      topics.add(topic);
      if (workload.retention() > 0) {
        bus.admin().configure(topic.name(), keep(workload.retention()));
      }
      for (int group = 0; group < workload.groups(); group++) {
        int ofTopic = number;
        int ofGroup = group;
        bus.subscribe(
            topic,
            "group-" + group,
            options,
            delivery -> tally.handled(ofTopic, ofGroup, delivery.payload()));
      }
    }
  }

  private static TopicSettings keep(long events) {
    return TopicSettings.IN_MEMORY.maxEvents(events).maxBytes(Long.MAX_VALUE);
  }

  private void idle(Workload workload) {
    int each = IDLE_EVENTS / IDLE_TOPICS;
    for (int number = 0; number < IDLE_TOPICS; number++) {
      Topic<Sample> topic = Topic.of("bench.idle-" + number, Sample.class);
      bus.admin().configure(topic.name(), keep(each));
      List<Message<Sample>> batch =
          Collections.nCopies(1_000, Message.of(new Sample(workload.payload(), 0, 0)));
      for (int published = 0; published < each; published += batch.size()) {
        bus.publishAll(topic, batch);
      }
      for (int group = number; group < workload.idleGroups(); group += IDLE_TOPICS) {
        bus.subscribe(topic, "idle-" + group, delivery -> {});
      }
      long held = bus.admin().topic(topic.name()).extent().count();
      if (held < each) {
        throw new IllegalStateException(
            topic.name() + " holds " + held + " events of " + each + ": give the JVM more heap");
      }
    }
  }

  @Override
  public void publish(int topic, Sample sample) {
    bus.publish(topics.get(topic), sample);
  }

  @Override
  public void verify() {
    for (Topic<Sample> topic : topics) {
      for (GroupView group : bus.admin().groups(topic.name())) {
        if (group.skipped() > 0) {
          throw new IllegalStateException(group.group() + " lost " + group.skipped() + " events");
        }
      }
    }
  }

  @Override
  public void close() {
    bus.close();
  }
}
