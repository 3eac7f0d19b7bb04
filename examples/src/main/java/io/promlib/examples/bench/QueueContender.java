package io.promlib.examples.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * An {@link ArrayBlockingQueue} and a thread for each group: the bare hand-over, with no topics and
 * no acks.
 */
final class QueueContender implements Contender {
  private final int groups;
  private final List<BlockingQueue<Sample>> queues = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  QueueContender(Workload workload, Tally tally) {
    groups = workload.groups();
    for (int topic = 0; topic < workload.topics(); topic++) {
      for (int group = 0; group < groups; group++) {
        BlockingQueue<Sample> queue = new ArrayBlockingQueue<>(workload.inFlightOfTopic());
        queues.add(queue);
        int ofTopic = topic;
        int ofGroup = group;
        Thread thread =
            new Thread(() -> take(queue, tally, ofTopic, ofGroup), "queue-" + queues.size());
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
      }
    }
  }

  private static void take(BlockingQueue<Sample> queue, Tally tally, int topic, int group) {
    try {
      while (true) {
        tally.handled(topic, group, queue.take());
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void publish(int topic, Sample sample) throws InterruptedException {
    for (int group = 0; group < groups; group++) {
      queues.get(topic * groups + group).put(sample);
    }
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }
}
