package io.promlib.http;

import io.promlib.bus.GapListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What retention took from an export, until that has told it. For one thread. */
final class ExportGaps implements GapListener {
  private record Gap(long from, long to) {}

  private final List<Gap> untold = new ArrayList<>();

  @Override
  public void onGap(long from, long to) {
    untold.add(new Gap(from, to));
  }

  /** Tells them, before the event behind them or the end. */
  void writeTo(ExportWriter writer) throws IOException {
    for (Gap gap : untold) {
      writer.gap(gap.from, gap.to);
    }
    untold.clear();
  }
}
