package io.promlib.examples.bench;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.EventTranslatorOneArg;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The LMAX Disruptor: a ring for each topic, a blocking wait, a thread for each group. */
final class DisruptorContender implements Contender {
  private static final EventTranslatorOneArg<Slot, Sample> FILL =
      (slot, sequence, sample) -> slot.sample = sample;

  private final List<Disruptor<Slot>> rings = new ArrayList<>();

  DisruptorContender(Workload workload, Tally tally) {
    int size = Math.max(2, Integer.highestOneBit(workload.inFlightOfTopic()));
    ProducerType producers =
        workload.publishers() > workload.topics() ? ProducerType.MULTI : ProducerType.SINGLE;
    for (int topic = 0; topic < workload.topics(); topic++) {
      Disruptor<Slot> ring =
          new Disruptor<>(
              Slot::new, size, DaemonThreadFactory.INSTANCE, producers, new BlockingWaitStrategy());
      for (int group = 0; group < workload.groups(); group++) {
        int ofTopic = topic;
        int ofGroup = group;
        ring.handleEventsWith(
            (slot, sequence, endOfBatch) -> {
              Sample sample = slot.sample;
              if (sample != null) {
                tally.handled(ofTopic, ofGroup, sample);
              }
            });
      }
      ring.start();
      rings.add(ring);
    }
  }

  @Override
  public void publish(int topic, Sample sample) {
    rings.get(topic).publishEvent(FILL, sample);
  }

  @Override
  public void close() {
    rings.forEach(Disruptor::halt);
  }

  private static final class Slot {
    private @Nullable Sample sample;
  }
}
