package io.promlib.bus;

import io.promlib.store.Filter;
import org.jspecify.annotations.Nullable;

/** What a {@link Tail} may choose. */
public final class TailOptions {
  private static final TailOptions DEFAULTS = builder().build();

  private final StartAt startAt;
  private final boolean snapshot;
  private final boolean paused;
  private final int batchSize;
  private final Filter.@Nullable Match filter;
  private final GapListener gapListener;
  private final Runnable onSnapshot;

  private TailOptions(Builder values) {
    startAt = values.startAt;
    snapshot = values.snapshot;
    paused = values.paused;
    batchSize = values.batchSize;
    filter = values.filter;
    gapListener = values.gapListener;
    onSnapshot = values.onSnapshot;
  }

  public static TailOptions defaults() {
    return DEFAULTS;
  }

  public static Builder builder() {
    return new Builder();
  }

  public StartAt startAt() {
    return startAt;
  }

  public boolean snapshot() {
    return snapshot;
  }

  public boolean paused() {
    return paused;
  }

  public int batchSize() {
    return batchSize;
  }

  public Filter.@Nullable Match filter() {
    return filter;
  }

  public GapListener gapListener() {
    return gapListener;
  }

  public Runnable onSnapshot() {
    return onSnapshot;
  }

  /** Collects the choices; {@link #build()} checks them. */
  public static final class Builder {
    private StartAt startAt = StartAt.LATEST;
    private boolean snapshot;
    private boolean paused;
    private int batchSize = 100;
    private Filter.@Nullable Match filter;
    private GapListener gapListener = GapListener.NONE;
    private Runnable onSnapshot = () -> {};

    private Builder() {}

    /** Where it begins; default the tail of the topic. */
    public Builder startAt(StartAt start) {
      startAt = start;
      return this;
    }

    /**
     * Begins with the latest event of every key that is not deleted, then goes on from there: what
     * was published meanwhile is neither missing nor repeated. Where a compactor keeps snapshots of
     * the topic they are what it begins with, as of the compactor's floor, and the events behind
     * that follow; a snapshot has no headers and tags, so with a filter on those, and without a
     * compactor, it begins with what the topic itself still holds.
     */
    public Builder snapshot() {
      snapshot = true;
      return this;
    }

    /** Begins paused: no event comes before {@link Tail#resume()}. */
    public Builder paused() {
      paused = true;
      return this;
    }

    /** The most events read at once; from 1 to 4000, default 100. */
    public Builder batchSize(int events) {
      batchSize = events;
      return this;
    }

    /** Only events with this key, these tags, these headers. */
    public Builder filter(Filter.Match match) {
      filter = match;
      return this;
    }

    /** Hears of positions that retention removed before this tail came to them. */
    public Builder gapListener(GapListener listener) {
      gapListener = listener;
      return this;
    }

    /**
     * Hears before the first event of a snapshot, where the handler is called. Over a network a
     * snapshot that a lost connection cut begins again, and this hears again: what the one before
     * gave is to be dropped, as a key that was deleted meanwhile is in it no more.
     */
    public Builder onSnapshot(Runnable listener) {
      onSnapshot = listener;
      return this;
    }

    /**
     * Checks the choices.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public TailOptions build() {
      if (batchSize < 1 || batchSize > 4000) {
        throw new IllegalArgumentException("batchSize must be from 1 to 4000, is " + batchSize);
      }
      if (snapshot && !(startAt instanceof StartAt.Latest)) {
        throw new IllegalArgumentException(
            "a snapshot is the state of now: it goes with no startAt but LATEST, not " + startAt);
      }
      return new TailOptions(this);
    }
  }
}
