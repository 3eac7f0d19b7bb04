package io.promlib.state;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears for another, of whom what is thrown is logged. */
record SafeCompactorListener(String topic, CompactorListener listener)
    implements CompactorListener {
  private static final Logger LOG = LoggerFactory.getLogger(SafeCompactorListener.class);

  @Override
  public void onRun(CompactorRun run) {
    safely(() -> listener.onRun(run));
  }

  @Override
  public void onGap(long from, long to) {
    LOG.warn("the compactor of {} lost positions {} to {} to retention", topic, from, to);
    safely(() -> listener.onGap(from, to));
  }

  @Override
  public void onBadEvent(long seq, RuntimeException error) {
    safely(() -> listener.onBadEvent(seq, error));
  }

  @Override
  public void onError(RuntimeException error) {
    safely(() -> listener.onError(error));
  }

  private void safely(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      LOG.warn("a listener of the compactor of {} failed", topic, e);
    }
  }
}
