package io.promlib.state;

/**
 * What a run of a compactor came to.
 *
 * @param events how many events it read
 * @param snapshots how many it published
 * @param floor the position up to which the snapshots hold everything, as far as this run knows
 * @param more whether another run would find something to do at once
 */
public record CompactorRun(Outcome outcome, int events, int snapshots, long floor, boolean more) {

  /** How a run ends. */
  public enum Outcome {
    /** What it read is in the snapshots, durably. */
    DONE,
    /** There was nothing behind the floor. */
    IDLE,
    /** Another process is at it. */
    BUSY,
    /**
     * Another process took over, or the group was moved or deleted. What it published is right, the
     * floor did not move.
     */
    LOST
  }
}
