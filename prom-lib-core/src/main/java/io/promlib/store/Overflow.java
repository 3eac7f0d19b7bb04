package io.promlib.store;

/** What happens at the limit of a topic. */
public enum Overflow {
  /** The oldest events go; a group that was behind skips them, and its loss is counted. */
  DROP_OLDEST,
  /** An event goes only once every group passed it; until then publishers wait. */
  BLOCK,
  /** An event goes only once every group passed it; until then publishers are refused. */
  REJECT
}
