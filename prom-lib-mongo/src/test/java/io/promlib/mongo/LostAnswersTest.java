package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import de.bwaldvogel.mongo.bson.Document;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.StoreUnavailableException;
import io.promlib.testkit.ManualClock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes of groups whose answer says nothing about whether they were done. */
@Timeout(180)
class LostAnswersTest {
  private static final GroupKey GROUP = new GroupKey("orders", "mailer");
  private static final Document SHUTTING_DOWN =
      new Document("ok", 0)
          .append("code", 91)
          .append("codeName", "ShutdownInProgress")
          .append("errmsg", "the server is shutting down");

  private final ScriptedServer server = new ScriptedServer(List.of(5, 0, 0), 8);
  private final MongoClient client = MongoClients.create(server.uri(""));
  private final GroupStore store =
      new MongoGroupStore(client.getDatabase("shop"), MongoNames.defaults(), new ManualClock());

  @AfterEach
  void end() {
    client.close();
    server.close();
  }

  @Test
  void aWriteThatStandsAlthoughItsAnswerIsLostSucceeded() {
    Version made = store.compareAndSet(GROUP, null, at(1)).orElseThrow().version();
    server.answerOnceDone("update", SHUTTING_DOWN);

    Optional<Versioned> written = store.compareAndSet(GROUP, made, at(2));

    assertThat(written).map(Versioned::state).hasValue(at(2));
    assertThat(store.load(GROUP)).isEqualTo(written);
  }

  @Test
  void soDidAMaking() {
    server.answerOnceDone("insert", SHUTTING_DOWN);

    Optional<Versioned> made = store.compareAndSet(GROUP, null, at(1));

    assertThat(made).isPresent();
    assertThat(store.load(GROUP)).isEqualTo(made);
  }

  @Test
  void aWriteThatWasNotDoneIsUnknownAndChangedNothing() {
    Versioned made = store.compareAndSet(GROUP, null, at(1)).orElseThrow();
    server.answer("update", SHUTTING_DOWN);

    assertThatThrownBy(() -> store.compareAndSet(GROUP, made.version(), at(2)))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("group orders/mailer may not have been written");
    assertThat(store.load(GROUP)).hasValue(made);
  }

  @Test
  void aWriteOverWhichAnotherWasWrittenIsUnknown() {
    Version made = store.compareAndSet(GROUP, null, at(1)).orElseThrow().version();
    store.compareAndSet(GROUP, made, at(2));
    server.answer("update", SHUTTING_DOWN);

    assertThatThrownBy(() -> store.compareAndSet(GROUP, made, at(3)))
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(store.load(GROUP)).map(Versioned::state).hasValue(at(2));
  }

  @Test
  void aGroupThatIsThereIsNoErrorForItsSecondMaker() {
    store.compareAndSet(GROUP, null, at(1));
    assertThat(store.compareAndSet(GROUP, null, at(2))).isEmpty();
  }

  private static GroupState at(long next) {
    return GroupState.starting(GroupSettings.DEFAULT, next, 0);
  }
}
