package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoCredential;
import com.mongodb.MongoException;
import com.mongodb.MongoIncompatibleDriverException;
import com.mongodb.MongoNotPrimaryException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoSocketReadException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.ServerAddress;
import com.mongodb.connection.ClusterConnectionMode;
import com.mongodb.connection.ClusterDescription;
import com.mongodb.connection.ClusterType;
import io.promlib.PromException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.store.StoreUnavailableException;
import java.util.List;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MongoErrorsTest {
  private static final ServerAddress SERVER = new ServerAddress("test");

  static List<MongoException> passing() {
    return List.of(
        new MongoSocketReadException("broken", SERVER),
        new MongoTimeoutException("no server"),
        new MongoNotPrimaryException(BsonDocument.parse("{ok: 0, code: 10107}"), SERVER),
        labelled("RetryableWriteError"),
        labelled("TransientTransactionError"),
        labelled("UnknownTransactionCommitResult"));
  }

  @ParameterizedTest
  @MethodSource("passing")
  void whatMayPassIsWorthAnotherTry(MongoException e) {
    assertThat(MongoErrors.translated("nothing was done", e))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("nothing was done")
        .hasMessageContaining("try again")
        .hasCause(e);
  }

  @ParameterizedTest
  @ValueSource(ints = {91, 189, 11602, 50, 262})
  void soIsAServerThatStepsDownOrRanOutOfTime(int code) {
    assertThat(MongoErrors.translated("x", command(code)))
        .isInstanceOf(StoreUnavailableException.class);
  }

  @Test
  void soIsAServerThatWentAwayWhileItWasAskedForTheUser() {
    MongoCredential credential =
        MongoCredential.createCredential("user", "admin", "secret".toCharArray());
    MongoException gone = new MongoSocketReadException("broken", SERVER);
    assertThat(MongoErrors.translated("x", new MongoSecurityException(credential, "broken", gone)))
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(
            MongoErrors.isPassing(new MongoSecurityException(credential, "refused", command(18))))
        .isFalse();
  }

  @Test
  void whatHasToBeMendedIsSaid() {
    assertThat(MongoErrors.translated("x", command(13))).hasMessageContaining("lacks a right");
    assertThat(MongoErrors.translated("x", command(18))).hasMessageContaining("credentials");
    assertThat(MongoErrors.translated("x", command(10334)))
        .isInstanceOf(EventTooLargeException.class);
    MongoCredential credential =
        MongoCredential.createCredential("user", "admin", "secret".toCharArray());
    assertThat(MongoErrors.translated("x", new MongoSecurityException(credential, "refused")))
        .isNotInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("credentials")
        .hasMessageNotContaining("secret");
    ClusterDescription cluster =
        new ClusterDescription(ClusterConnectionMode.SINGLE, ClusterType.UNKNOWN, List.of());
    assertThat(MongoErrors.translated("x", new MongoIncompatibleDriverException("wire 6", cluster)))
        .hasMessageContaining("too old");
    assertThat(MongoErrors.translated("x", command(9)))
        .isExactlyInstanceOf(PromException.class)
        .hasMessageContaining("said by the test");
  }

  private static MongoException labelled(String label) {
    MongoException e = new MongoException("labelled " + label);
    e.addLabel(label);
    return e;
  }

  private static MongoCommandException command(int code) {
    return new MongoCommandException(
        BsonDocument.parse("{ok: 0, code: " + code + ", errmsg: 'said by the test'}"), SERVER);
  }
}
