package io.promlib.mongo;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoException;
import com.mongodb.MongoExecutionTimeoutException;
import com.mongodb.MongoIncompatibleDriverException;
import com.mongodb.MongoInterruptedException;
import com.mongodb.MongoNodeIsRecoveringException;
import com.mongodb.MongoNotPrimaryException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoServerUnavailableException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.MongoWriteConcernException;
import io.promlib.PromException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.store.StoreUnavailableException;
import java.util.Set;

/** What the driver throws, told as what a caller can do about it. */
final class MongoErrors {
  static final int DUPLICATE_KEY = 11000;

  private static final int UNAUTHORIZED = 13;
  private static final int AUTHENTICATION_FAILED = 18;
  private static final Set<Integer> TOO_LARGE = Set.of(10334, 17419, 17420);

  /* Shutting down, stepping down, not primary, timed out, interrupted, no quorum. */
  private static final Set<Integer> PASSING =
      Set.of(
          6, 7, 50, 64, 74, 79, 89, 91, 100, 112, 134, 175, 189, 262, 317, 358, 384, 9001, 10058,
          10107, 11600, 11601, 11602, 13435, 13436);

  private MongoErrors() {}

  /**
   * The exception for callers of the store.
   *
   * @param doing what failed, as in "events of orders were not read"
   */
  static PromException translated(String doing, MongoException e) {
    if (isPassing(e)) {
      return new StoreUnavailableException(
          doing + ": MongoDB did not answer as it should, try again: " + reason(e), e);
    }
    int code = code(e);
    if (TOO_LARGE.contains(code)) {
      return new EventTooLargeException(
          doing + ": a document is larger than MongoDB's 16 MiB: " + reason(e));
    }
    if (e instanceof MongoSecurityException || code == AUTHENTICATION_FAILED) {
      return new PromException(
          doing + ": MongoDB does not take the credentials; mend user, password or authSource", e);
    }
    if (code == UNAUTHORIZED) {
      return new PromException(
          doing + ": the MongoDB user lacks a right on this database: " + reason(e), e);
    }
    if (e instanceof MongoIncompatibleDriverException) {
      return new PromException(doing + ": this MongoDB is too old: " + reason(e), e);
    }
    return new PromException(doing + ": " + reason(e), e);
  }

  /** Whether the same call may succeed later, with nothing mended but the server or the network. */
  static boolean isPassing(MongoException e) {
    if (e instanceof MongoSecurityException) {
      // A server that went away while it was asked has refused nobody.
      return e.getCause() instanceof MongoException cause && isPassing(cause);
    }
    if (e instanceof MongoIncompatibleDriverException) {
      return false;
    }
    if (e instanceof MongoSocketException
        || e instanceof MongoTimeoutException
        || e instanceof MongoExecutionTimeoutException
        || e instanceof MongoNotPrimaryException
        || e instanceof MongoNodeIsRecoveringException
        || e instanceof MongoServerUnavailableException
        || e instanceof MongoInterruptedException
        || e instanceof MongoWriteConcernException) {
      return true;
    }
    if (e.hasErrorLabel("RetryableWriteError")
        || e.hasErrorLabel("NoWritesPerformed")
        || e.hasErrorLabel(MongoException.TRANSIENT_TRANSACTION_ERROR_LABEL)
        || e.hasErrorLabel(MongoException.UNKNOWN_TRANSACTION_COMMIT_RESULT_LABEL)) {
      return true;
    }
    if (e instanceof MongoBulkWriteException bulk && bulk.getWriteConcernError() != null) {
      return true;
    }
    return PASSING.contains(code(e));
  }

  /** The server's number for it, also where it stands in a write error. */
  static int code(MongoException e) {
    if (e instanceof MongoBulkWriteException bulk && !bulk.getWriteErrors().isEmpty()) {
      return bulk.getWriteErrors().get(0).getCode();
    }
    return e.getCode();
  }

  private static String reason(MongoException e) {
    String message = String.valueOf(e.getMessage());
    return message.length() <= 300 ? message : message.substring(0, 300) + "…";
  }
}
