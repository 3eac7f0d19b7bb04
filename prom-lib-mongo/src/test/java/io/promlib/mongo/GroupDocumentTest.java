package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.PromException;
import io.promlib.store.Claim;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.codecs.DocumentCodec;
import org.bson.types.Binary;
import org.junit.jupiter.api.Test;

class GroupDocumentTest {
  private static final GroupKey GROUP = new GroupKey("orders.placed", "mailer");
  private static final Version VERSION = new Version(7, Long.MIN_VALUE);
  private static final int SEEDS = 150;

  @Test
  void anyStateComesBackAsItWasButForLongReasonsAndFits() {
    for (long seed = 0; seed < SEEDS; seed++) {
      GroupState state = new RandomStates(seed, RandomStates.anyShape(seed)).next();
      Document stored = stored(state);

      assertThat(bytes(stored)).as("seed %d", seed).isLessThanOrEqualTo(64 << 10);
      assertSame(seed, GroupDocument.read(stored).state(), state);
      assertThat(GroupDocument.read(stored).version()).isEqualTo(VERSION);
    }
  }

  @Test
  void theWorstStateWithFourThousandUnfinishedFits() {
    for (long seed = 0; seed < 8; seed++) {
      GroupState state = new RandomStates(seed, RandomStates.WORST).next();
      Document stored = stored(state);

      assertThat(state.unfinished()).isGreaterThan(3900);
      assertThat(bytes(stored)).as("seed %d", seed).isLessThanOrEqualTo(64 << 10);
      assertSame(seed, GroupDocument.read(stored).state(), state);
    }
  }

  @Test
  void aRunOfEventsThatDifferByTheirPositionAloneCostsNextToNothing() {
    List<Unfinished> run = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      run.add(new Unfinished(1_000_000 + i, 1, 1_790_000_000_000L, true, false, null, 0, 0));
    }
    assertThat(new Work(List.of(), run, null).toBytes().length).isLessThan(1500);
  }

  @Test
  void peopleReadWhoHoldsHowMuchAndHowFarTheGroupIs() {
    Claim one = new Claim("p1", "t1", 50, 0, SeqSet.range(11, 20), List.of());
    Claim two = new Claim("p1", "t2", 60, 1, SeqSet.range(21, 21), List.of(Unfinished.fresh(9, 0)));
    GroupState state =
        new GroupState(GroupSettings.DEFAULT, 22, List.of(one, two), List.of(), 0, 3, 5);

    assertThat(stored(state))
        .containsEntry("topic", "orders.placed")
        .containsEntry("group", "mailer")
        .containsEntry("seq", 8L)
        .containsEntry("next", 22L)
        .containsEntry("ordering", "NONE")
        .containsEntry("maxAttempts", 5)
        .containsEntry("skipped", 3L)
        .containsEntry(
            "claims", List.of(new Document("owner", "p1").append("until", 60L).append("size", 12L)))
        .doesNotContainKeys("expires", "filter", "expireAfter");
  }

  @Test
  void aStateOfAnotherLayoutIsRefusedByName() {
    Document stored = stored(empty());
    byte[] work = stored.get("work", Binary.class).getData();
    work[0] = 9;
    stored.put("work", new Binary(work));

    assertThatThrownBy(() -> GroupDocument.read(stored))
        .isInstanceOf(PromException.class)
        .hasMessageContainingAll(
            "orders.placed::mailer", "later version", "format 9", "knows 1", "update it");
  }

  @Test
  void aDamagedDocumentIsRefusedByName() {
    List<Document> damaged = new ArrayList<>();
    for (String field : List.of("work", "next", "version", "backoff", "ordering", "seen")) {
      Document without = stored(empty());
      without.remove(field);
      damaged.add(without);
      Document other = stored(empty());
      other.put(field, true);
      damaged.add(other);
    }
    for (Document document : damaged) {
      assertThatThrownBy(() -> GroupDocument.read(document))
          .isInstanceOf(PromException.class)
          .hasMessageContainingAll("orders.placed::mailer", "damaged");
    }
  }

  @Test
  void noBytesAtAllMakeTheReaderHangOrFailOtherwiseThanByName() {
    for (long seed = 0; seed < 1000; seed++) {
      Random random = new Random(seed);
      byte[] work = work(seed);
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        work[1 + random.nextInt(work.length - 1)] = (byte) random.nextInt();
      }
      Document stored = stored(empty()).append("work", new Binary(work));
      try {
        GroupDocument.read(stored);
      } catch (PromException e) {
        assertThat(e).as("seed %d", seed).hasMessageContaining("damaged");
      }
    }
  }

  @Test
  void aStateThatIsTooLargeIsRefusedAndSaysOfWhatItHasTooMuch() {
    List<Unfinished> waiting = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 5000; i++) {
      waiting.add(
          new Unfinished(random.nextLong() >>> 1, 1, random.nextLong(), true, true, null, 0, 0));
    }
    GroupState state = new GroupState(GroupSettings.DEFAULT, 1, List.of(), waiting, 0, 0, 0);

    assertThatThrownBy(() -> stored(state))
        .isInstanceOf(PromException.class)
        .hasMessageContainingAll("orders.placed/mailer", "was not written", "5000 unfinished");
  }

  private static byte[] work(long seed) {
    GroupState state = new RandomStates(seed, new RandomStates.Shape(9, 99, 9, 9)).next();
    return new Work(state.claims(), state.waiting(), state.slots()).toBytes();
  }

  private static GroupState empty() {
    return GroupState.starting(GroupSettings.DEFAULT, 1, 0);
  }

  private static Document stored(GroupState state) {
    Document stored = new Document("_id", GroupDocument.id(GROUP));
    stored.putAll(GroupDocument.fields(GROUP, state, VERSION));
    return stored.append("lastId", "i".repeat(128)).append("lastTs", 1L);
  }

  private static int bytes(Document document) {
    return new RawBsonDocument(document, new DocumentCodec()).getByteBuffer().remaining();
  }

  /** Equal, where each reason may have become a shorter one that says so. */
  private static void assertSame(long seed, GroupState read, GroupState written) {
    List<Unfinished> before = events(written);
    List<Unfinished> after = events(read);
    Set<String> reasons = new HashSet<>();
    before.forEach(event -> reasons.add(String.valueOf(event.fatal())));
    boolean few = reasons.stream().mapToInt(String::length).sum() < (4 << 10);
    for (int i = 0; i < before.size(); i++) {
      String was = before.get(i).fatal();
      String is = after.get(i).fatal();
      boolean kept = was == null ? is == null : was.equals(is) || (!few && isCut(was, is));
      if (!kept) {
        throw new AssertionError("seed " + seed + ": '" + was + "' became '" + is + "'");
      }
    }
    assertThat(without(read)).as("seed %d", seed).isEqualTo(without(written));
  }

  private static boolean isCut(String was, String is) {
    return is != null
        && is.endsWith("…")
        && is.length() <= was.length()
        && was.startsWith(is.substring(0, is.length() - 1));
  }

  private static List<Unfinished> events(GroupState state) {
    List<Unfinished> events = new ArrayList<>();
    state.claims().forEach(claim -> events.addAll(claim.retried()));
    events.addAll(state.waiting());
    return events;
  }

  private static GroupState without(GroupState state) {
    return new GroupState(
        state.settings(),
        state.next(),
        state.claims().stream()
            .map(
                c ->
                    new Claim(
                        c.owner(), c.token(), c.until(), c.slot(), c.fresh(), without(c.retried())))
            .toList(),
        without(state.waiting()),
        state.seeks(),
        state.skipped(),
        state.seen(),
        state.slots());
  }

  private static List<Unfinished> without(List<Unfinished> events) {
    return events.stream()
        .map(
            e ->
                new Unfinished(
                    e.seq(),
                    e.failures(),
                    e.due(),
                    e.crashed(),
                    e.alone(),
                    null,
                    e.letter(),
                    e.redrives(),
                    e.slot()))
        .toList();
  }
}
