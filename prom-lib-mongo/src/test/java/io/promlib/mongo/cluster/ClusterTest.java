package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The processes of a test are at its word, and end with it. */
class ClusterTest {
  private Cluster cluster;

  @BeforeEach
  void begin() throws IOException {
    cluster = new Cluster("cluster", Map.of("broken", 0));
  }

  @AfterEach
  void end() throws IOException {
    cluster.close();
  }

  @Test
  void theJournalHasWhatAChildNotedAndThenThatItWasKilled() throws Exception {
    ChildJvm child = idle();
    cluster.go();
    Progress.await(() -> cluster.journal().notes().size() == 1);

    cluster.kill(child);

    assertThat(child.isAlive()).isFalse();
    List<Note> notes = cluster.journal().notes();
    assertThat(notes).extracting(Note::kind).containsExactly(Note.Kind.PUBLISHED, Note.Kind.KILLED);
    assertThat(notes.get(0).who()).isEqualTo(child.who());
    assertThat(notes.get(1).word(0)).isEqualTo(child.who());
  }

  @Test
  void aChildThatIsStoppedEndsWell() throws Exception {
    ChildJvm child = idle();
    cluster.go();

    cluster.stop(Sizes.patience());

    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void aChildEndsWhenNobodyIsThereToTellItSo() throws Exception {
    ChildJvm child = idle();

    child.hangUp();

    Progress.await(() -> !child.isAlive());
  }

  @Test
  void noneOutlivesItsCluster() throws Exception {
    ChildJvm child = idle();

    cluster.close();

    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void aChildThatDoesNotStartIsNamedWithItsLog() throws Exception {
    ChildJvm child = cluster.start("idle", IdleMain.class, Map.of("broken", 1));

    assertThatThrownBy(() -> child.awaitReady(Sizes.patience()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("did not become ready");
    assertThat(Files.readString(Path.of("target", "cluster", "cluster", child.who() + ".log")))
        .contains("broken, as it was told to be");
  }

  private ChildJvm idle() throws IOException {
    ChildJvm child = cluster.start("idle", IdleMain.class, Map.of());
    child.awaitReady(Sizes.patience());
    return child;
  }
}
