package io.promlib.examples.bench;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that the JVM's threads allocated. A JDK from 21 on counts them itself; before, the threads'
 * own counts are summed, and {@link #sample()} must be called often enough to see those that end.
 */
final class Allocation {
  private final com.sun.management.ThreadMXBean threads =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final @Nullable Method total = total();
  private final Map<Long, Long> seen = new HashMap<>();

  private static @Nullable Method total() {
    try {
      return com.sun.management.ThreadMXBean.class.getMethod("getTotalThreadAllocatedBytes");
    } catch (NoSuchMethodException before21) {
      return null;
    }
  }

  /** Bytes allocated since the JVM started, without this thread's own where that can be told. */
  long sample() {
    if (total != null) {
      try {
        return (Long) total.invoke(threads)
            - threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read the allocated bytes", e);
      }
    }
    long[] ids = threads.getAllThreadIds();
    long[] bytes = threads.getThreadAllocatedBytes(ids);
    for (int i = 0; i < ids.length; i++) {
      if (bytes[i] >= 0 && ids[i] != Thread.currentThread().getId()) {
        seen.put(ids[i], bytes[i]);
      }
    }
    return seen.values().stream().mapToLong(Long::longValue).sum();
  }
}
