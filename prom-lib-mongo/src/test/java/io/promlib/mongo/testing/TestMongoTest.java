package io.promlib.mongo.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import org.bson.Document;
import org.junit.jupiter.api.Test;

class TestMongoTest {
  @Test
  void whatIsWrittenIsReadByAnybodyWhoConnectsToTheUri() {
    MongoDatabase database = TestMongo.freshDatabase();
    database.getCollection("c").insertOne(new Document("_id", 7));

    try (MongoClient other = MongoClients.create(TestMongo.uri())) {
      assertThat(other.getDatabase(database.getName()).getCollection("c").find().first())
          .containsEntry("_id", 7);
    }
  }

  @Test
  void twoDatabasesAreNotOne() {
    assertThat(TestMongo.freshDatabase().getName())
        .isNotEqualTo(TestMongo.freshDatabase().getName());
  }

  @Test
  void transactionsAreARealServersOnly() {
    assertThat(TestMongo.isReal() || !TestMongo.hasTransactions()).isTrue();
  }
}
