package io.promlib.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoInterruptedException;
import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Aggregates;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Projections;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.bson.BsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a change stream that shows the inserts into a collection. What it shows is a hint; what
 * it misses is found by polling.
 */
final class StreamWatch {
  private static final Logger LOG = LoggerFactory.getLogger(StreamWatch.class);
  private static final long AWAITED_MILLIS = 500;

  /* Not a replica set; no such command; not with this storage. */
  private static final Set<Integer> IMPOSSIBLE = Set.of(40573, 59, 20, 115, 13, 18);

  private final MongoCollection<BsonDocument> collection;
  private final List<Bson> inserts;
  private final Runnable begun;
  private final Consumer<BsonDocument> inserted;
  private final AtomicLong breaks = new AtomicLong();
  private @Nullable MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> cursor;
  private volatile boolean alive;
  private boolean possible = true;

  /**
   * Of {@code events}.
   *
   * @param begun is called whenever the stream begins, as it shows nothing that was before
   * @param inserted is given a topic and a position
   */
  StreamWatch(
      MongoDatabase database, MongoNames names, Runnable begun, ObjLongConsumer<String> inserted) {
    this(
        database.getCollection(names.events(), BsonDocument.class),
        List.of("topic", "seq"),
        begun,
        event -> {
          // Only buses insert here; what is no event wakes nobody.
          if (event.isString("topic") && event.isNumber("seq")) {
            inserted.accept(
                event.getString("topic").getValue(), event.getNumber("seq").longValue());
          }
        });
  }

  /**
   * @param fields what it shows of each document
   * @param begun is called whenever the stream begins, as it shows nothing that was before
   */
  StreamWatch(
      MongoCollection<BsonDocument> collection,
      List<String> fields,
      Runnable begun,
      Consumer<BsonDocument> inserted) {
    this.collection = collection;
    this.inserts =
        List.of(
            Aggregates.match(Filters.eq("operationType", "insert")),
            Aggregates.project(
                Projections.fields(
                    Projections.include("operationType"),
                    Projections.include(
                        fields.stream().map(field -> "fullDocument." + field).toList()))));
    this.begun = begun;
    this.inserted = inserted;
  }

  /** Whether it follows the stream now. */
  boolean isAlive() {
    return alive;
  }

  /** Whether the server may have change streams. */
  boolean isPossible() {
    return possible;
  }

  /** How often a stream that had begun broke. */
  long breaks() {
    return breaks.get();
  }

  /**
   * Begins the stream if it is not there, then takes what it shows; waits at most half a second for
   * it.
   *
   * @return false if there is no stream now
   */
  boolean step() {
    try {
      MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> open = cursor;
      if (open == null) {
        open =
            collection.watch(inserts).maxAwaitTime(AWAITED_MILLIS, TimeUnit.MILLISECONDS).cursor();
        cursor = open;
        alive = true;
        begun.run();
      }
      ChangeStreamDocument<BsonDocument> change = open.tryNext();
      while (change != null) {
        BsonDocument document = change.getFullDocument();
        if (document != null) {
          inserted.accept(document);
        }
        change = open.available() > 0 ? open.tryNext() : null;
      }
      if (open.getServerCursor() == null) {
        throw new IllegalStateException("the server ended the change stream");
      }
      return true;
    } catch (Throwable e) {
      // An Error too: without this thread nobody follows the stream any more.
      broken(e);
      return false;
    }
  }

  private void broken(Throwable e) {
    if (e instanceof MongoInterruptedException) {
      LOG.debug("the change stream is given up, as the store is closed");
    } else if (alive) {
      breaks.incrementAndGet();
    } else if (e instanceof MongoCommandException command
        && IMPOSSIBLE.contains(command.getErrorCode())) {
      possible = false;
    }
    LOG.debug("no change stream; polling goes on", e);
    end();
  }

  /** Lets the stream go; the next step begins another. For the thread that steps. */
  void end() {
    alive = false;
    MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> open = cursor;
    cursor = null;
    if (open != null) {
      try {
        open.close();
      } catch (RuntimeException e) {
        LOG.debug("a change stream was not closed at the server", e);
      }
    }
  }
}
