package io.promlib.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BadFramesTest {
  private static final String TG = "\"topic\":\"t\",\"group\":\"g\"";

  private final Codec codec = new Codec();

  static Stream<Arguments> badRequests() {
    return Stream.of(
        bad("{}", "op is missing"),
        bad("{'op':null}", "op is missing"),
        bad("{'op':7}", "op must be a string"),
        bad("{'topic':'t','op':[]}", "op must be a string"),
        bad("{'op':'AUTH','token':1}", "token must be a string"),
        bad("{'op':'AUTH','token':{'a':1}}", "token must be a string"),
        bad("{'op':'PAUSE',TG,'corr':5}", "corr must be a string"),
        bad("{'op':'PAUSE',TG,'corr':'" + "c".repeat(65) + "'}", "corr must have at most 64"),
        bad("{'op':'PAUSE','group':'g'}", "topic is missing"),
        bad("{'op':'PAUSE','topic':null,'group':'g'}", "topic is missing"),
        bad("{'op':'PAUSE','topic':'a..b','group':'g'}", "topic 'a..b' has an empty segment"),
        bad("{'op':'PAUSE','topic':'a*','group':'g'}", "topic may hold letters"),
        bad("{'op':'PAUSE','topic':'t','group':''}", "group must have 1 to 100"),
        bad("{'op':'UNSUBSCRIBE','group':'g'}", "topic is missing"),
        bad("{'op':'PUBLISH','payload':1}", "topic is missing"),
        bad("{'op':'PUBLISH','topic':'t'}", "payload is missing"),
        bad("{'op':'PUBLISH','topic':['t'],'payload':1}", "topic must be a string"),
        bad("{'op':'PUBLISH','topic':'t','payload':1,'opts':7}", "opts must be an object"),
        bad(publish("'id':''"), "id must have 1 to 128"),
        bad(publish("'id':'a b'"), "id must have printable"),
        bad(publish("'id':3"), "opts.id must be a string"),
        bad(publish("'key':''"), "key must have 1 to 256"),
        bad(publish("'key':false"), "opts.key must be a string"),
        bad(publish("'ts':'now'"), "opts.ts must be a whole number"),
        bad(publish("'ts':1.5"), "opts.ts must be a whole number"),
        bad(publish("'ts':9223372036854775808"), "opts.ts must be a whole number"),
        bad(publish("'headers':[]"), "opts.headers must be an object"),
        bad(publish("'headers':{'a':1}"), "opts.headers.a must be a string"),
        bad(publish("'headers':{'a':null}"), "opts.headers.a must be a string"),
        bad(publish("'tags':'red'"), "opts.tags must be an array"),
        bad(publish("'tags':['red',2]"), "opts.tags[1] must be a string"),
        bad(publish("'tags':[[]]"), "opts.tags[0] must be a string"),
        bad(publish("'caused_by':['']"), "id must have 1 to 128"),
        bad(publish("'sid':0"), "opts.sid must be a string"),
        bad("{'op':'ACK',TG}", "id is missing"),
        bad("{'op':'ACK',TG,'id':'a','ids':['b']}", "id and ids are both there"),
        bad("{'op':'ACK',TG,'ids':[]}", "ids must have 1 to 1000"),
        bad("{'op':'ACK',TG,'ids':[" + "'a',".repeat(1000) + "'a']}", "ids must have at most 1000"),
        bad("{'op':'ACK',TG,'ids':'a'}", "ids must be an array"),
        bad("{'op':'ACK',TG,'ids':['a',null]}", "ids[1] must be a string"),
        bad("{'op':'ACK',TG,'id':4}", "id must be a string"),
        bad("{'op':'ACK',TG,'id':'a','lease':4}", "lease must be a string"),
        bad("{'op':'NACK',TG,'id':'a','reason':4}", "reason must be a string"),
        bad("{'op':'NACK',TG,'id':'a','delay_ms':'5'}", "delay_ms must be a number"),
        bad("{'op':'NACK',TG,'id':'a','delay_ms':-1}", "delay_ms must not be negative"),
        bad("{'op':'TERM',TG,'id':'a','reason':[]}", "reason must be a string"),
        bad("{'op':'MODACK',TG}", "id is missing"),
        bad("{'op':'SUBSCRIBE','topic':'t'}", "group is missing"),
        bad("{'op':'SUBSCRIBE',TG,'opts':[]}", "opts must be an object"),
        bad(subscribe("'from':'now'"), "opts.from must be latest, earliest"),
        bad(subscribe("'from':'ts'"), "opts.ts is missing"),
        bad(subscribe("'from':'afterId'"), "opts.afterId is missing"),
        bad(subscribe("'from':'afterId','afterId':''"), "id must have 1 to 128"),
        bad(subscribe("'from':'afterSeq'"), "opts.seq is missing"),
        bad(subscribe("'from':'afterSeq','seq':-1"), "seq must not be negative"),
        bad(subscribe("'from':'afterSeq','seq':1e3"), "opts.seq must be a whole number"),
        bad(subscribe("'batchSize':0"), "opts.batchSize must be at least 1"),
        bad(subscribe("'maxInFlight':-4"), "opts.maxInFlight must be at least 1"),
        bad(subscribe("'maxInFlight':4294967296"), "opts.maxInFlight must be a whole number"),
        bad(subscribe("'ackTimeoutMs':0"), "opts.ackTimeoutMs must be at least 1"),
        bad(subscribe("'ackTimeoutMs':true"), "opts.ackTimeoutMs must be a number"),
        bad(subscribe("'maxAttempts':0"), "opts.maxAttempts must be at least 1"),
        bad(subscribe("'batch':true"), "opts.batch must be a whole number"),
        bad(subscribe("'quiet':1"), "opts.quiet must be true or false"),
        bad(subscribe("'ordering':'KEY'"), "opts.ordering must be none, key or topic"),
        bad(subscribe("'mode':'live'"), "opts.mode must be group or tail"),
        bad(subscribe("'mode':'tail'"), "group must be absent"),
        bad(subscribe("'snapshot':true"), "opts.snapshot needs opts.mode 'tail'"),
        bad(
            "{'op':'SUBSCRIBE','topic':'t','opts':{'mode':'tail','snapshot':true,'from':'earliest'}}",
            "opts.snapshot is the state of now: it goes with no opts.from but 'latest'"),
        bad(subscribe("'filter':'red'"), "opts.filter must be an object"),
        bad(subscribe("'filter':{'key':''}"), "key must have 1 to 256"),
        bad(subscribe("'filter':{'tags':[1]}"), "opts.filter.tags[0] must be a string"),
        bad(subscribe("'filter':{'headers':{'a':1}}"), "opts.filter.headers.a must be a string"));
  }

  static Stream<Arguments> badJson() {
    String deep = "[".repeat(Codec.MAX_DEPTH) + "]".repeat(Codec.MAX_DEPTH);
    return Stream.of(
        bad("", "must be one JSON object"),
        bad("  ", "must be one JSON object"),
        bad("7", "must be one JSON object"),
        bad("[{'op':'AUTH'}]", "must be one JSON object"),
        bad("null", "must be one JSON object"),
        bad("{'op':'AUTH'", "ends before"),
        bad("{'op':'AUTH'} {}", "more after the object"),
        bad("{'op':'AUTH'}}", "line 1, column 14"),
        bad("{'op':'AUTH',}", "line 1, column 14"),
        bad("{op:'AUTH'}", "line 1, column 2"),
        bad("{'op':'AUTH','op':'AUTH'}", "Duplicate field 'op'"),
        bad("{'op':'PUBLISH','topic':'t','payload':{'a':1,'a':2}}", "Duplicate field 'a'"),
        bad("{'op':'PUBLISH','topic':'t','payload':NaN}", "column"),
        bad("{'op':'PUBLISH','topic':'t','payload':01}", "column"),
        bad("{'op':'PUBLISH','topic':'t','payload':tru}", "column"),
        bad("{'op':'PUBLISH','topic':'t','payload':'\\x'}", "column"),
        bad("{'op':'PUBLISH','topic':'t','payload':'\n'}", "column"),
        bad("{'op':'PUBLISH','topic':'t','payload':" + deep + "}", "nesting depth"),
        bad("{'op':'PUBLISH','topic':'t','payload':" + "9".repeat(1001) + "}", "Number value"),
        bad("{'op':'PUBLISH','topic':'t','payload':1." + "9".repeat(1001) + "}", "Number value"));
  }

  @ParameterizedTest
  @MethodSource("badRequests")
  void aWrongFieldIsABadRequestThatNamesIt(String frame, String message) {
    FrameException error = refused(frame);

    assertThat(error).hasMessageContaining(message);
    assertThat(error.code()).isEqualTo(ErrorCode.BAD_REQUEST);
  }

  @Test
  void aRefusalSaysNoWordOfTheTextAndNoNameOfAClass() {
    String deep = "[".repeat(Codec.MAX_DEPTH + 1);
    assertThat(refused("{'op':'AUTH','token':hunter2}"))
        .hasMessageContaining("line 1, column")
        .hasMessageNotContaining("hunter2");
    assertThat(refused("{'op':'PUBLISH','topic':'t','payload':[}"))
        .hasMessageNotContaining("Source");
    assertThat(refused("{'op':'PUBLISH','topic':'t','payload':" + deep))
        .hasMessageNotContaining("StreamRead");
  }

  @ParameterizedTest
  @MethodSource("badJson")
  void whatIsNotOneJsonObjectIsBadJson(String frame, String message) {
    FrameException error = refused(frame);

    assertThat(error).hasMessageContaining(message);
    assertThat(error.code()).isEqualTo(ErrorCode.BAD_JSON);
  }

  @Test
  void anUnknownOpIsNamed() {
    FrameException error = refused("{'op':'auth','corr':'c1','token':'x'}");

    assertThat(error.code()).isEqualTo(ErrorCode.UNKNOWN_OP);
    assertThat(error).hasMessage("op 'auth' is unknown");
    assertThat(error.corr()).isEqualTo("c1");
  }

  @Test
  void aLongUnknownOpIsCut() {
    FrameException error = refused("{'op':'" + "x".repeat(5000) + "'}");

    assertThat(error.getMessage()).hasSizeLessThan(100);
  }

  @Test
  void aServersOpIsUnknownToAReaderOfClients() {
    assertThat(refused("{'op':'EVENT'}").code()).isEqualTo(ErrorCode.UNKNOWN_OP);
  }

  @Test
  void theAnswerHoldsTheCorrThatStandsAfterTheWrongField() {
    FrameException error = refused("{'op':'PAUSE','topic':5,'group':'g','corr':'c9'}");

    assertThat(error.toErr())
        .isEqualTo(new ServerFrame.Err("bad_request", "topic must be a string", "c9", false, null));
  }

  @Test
  void theCorrBeforeBrokenJsonIsKept() {
    assertThat(refused("{'op':'PAUSE','corr':'c9',!").corr()).isEqualTo("c9");
  }

  @Test
  void aTextInAnotherEncodingIsBadJson() {
    byte[] utf16 = "{\"op\":\"AUTH\"}".getBytes(StandardCharsets.UTF_16LE);

    FrameException error =
        catchThrowableOfType(FrameException.class, () -> codec.readClient(utf16));

    assertThat(error.code()).isEqualTo(ErrorCode.BAD_JSON);
  }

  @Test
  void bytesThatAreNotUtf8AreBadJson() {
    byte[] broken = "{\"op\":\"AUTH\",\"token\":\"\u00c3(\"}".getBytes(StandardCharsets.ISO_8859_1);

    FrameException error =
        catchThrowableOfType(FrameException.class, () -> codec.readClient(broken));

    assertThat(error.code()).isEqualTo(ErrorCode.BAD_JSON);
  }

  @Test
  void theLimitsThemselvesAreAllowed() {
    String deep = "[".repeat(Codec.MAX_DEPTH - 1) + "]".repeat(Codec.MAX_DEPTH - 1);
    codec.readClient(quoted("{'op':'PUBLISH','topic':'t','payload':" + deep + "}"));
    codec.readClient(
        quoted("{'op':'PUBLISH','topic':'t','payload':" + "9".repeat(Codec.MAX_DIGITS) + "}"));
    codec.readClient(quoted("{'op':'PAUSE',TG,'corr':'" + "c".repeat(64) + "'}"));
    codec.readClient(quoted("{'op':'ACK',TG,'ids':[" + "'a',".repeat(999) + "'a']}"));
  }

  @Test
  void anAuthWithoutATokenIsReadAsAnEmptyOne() {
    assertThat(codec.readClient("{\"op\":\"AUTH\"}")).isEqualTo(new ClientFrame.Auth("", null));
  }

  @Test
  void aFieldThatAFrameHasNotIsIgnoredWhateverItHolds() {
    assertThat(codec.readClient(quoted("{'op':'AUTH','token':'x','topic':5,'ids':{}}")))
        .isEqualTo(new ClientFrame.Auth("x", null));
  }

  @Test
  void anExtensionThatIsNoNumberIsTheSubscriptionsTimeout() {
    ClientFrame read = codec.readClient(quoted("{'op':'MODACK',TG,'id':'a','extend_ms':'long'}"));

    assertThat(read).isEqualTo(new ClientFrame.ModAck(Target.one("t", "g", "a", null), null, null));
  }

  @Test
  void aDurationIsCutToWholeMillisecondsAndToTheRangeOfALong() {
    assertThat(extension("1500.9")).isEqualTo(1500);
    assertThat(extension("1e400")).isEqualTo(Long.MAX_VALUE);
    assertThat(extension("99999999999999999999")).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aResultThatAServerCannotGiveIsRefused() {
    FrameException error =
        catchThrowableOfType(
            FrameException.class,
            () -> codec.readServer(quoted("{'op':'OK','results':['ok','fine']}")));

    assertThat(error).hasMessageStartingWith("results[1] must be ok, already_acked");
  }

  @Test
  void anEventWithoutAFieldIsRefusedByItsName() {
    FrameException error =
        catchThrowableOfType(
            FrameException.class,
            () -> codec.readServer(quoted("{'op':'EVENT',TG,'event':{'id':'a'},'ctx':{}}")));

    assertThat(error).hasMessage("event.seq is missing");
  }

  @Test
  void anErrorCodeOfALaterVersionIsKept() {
    ServerFrame read = codec.readServer(quoted("{'op':'ERR','code':'too_late','msg':'m'}"));

    assertThat(read).isEqualTo(new ServerFrame.Err("too_late", "m", null, false, null));
    assertThat(ErrorCode.ofWire("too_late")).isEmpty();
    assertThat(ErrorCode.ofWire("slow_consumer")).contains(ErrorCode.SLOW_CONSUMER);
  }

  private long extension(String number) {
    ClientFrame read =
        codec.readClient(quoted("{'op':'MODACK',TG,'id':'a','extend_ms':" + number + "}"));
    return ((ClientFrame.ModAck) read).extendMs();
  }

  private FrameException refused(String frame) {
    FrameException error =
        catchThrowableOfType(FrameException.class, () -> codec.readClient(quoted(frame)));
    assertThat(error).as(frame).isNotNull();
    return error;
  }

  private static Arguments bad(String frame, String message) {
    return Arguments.of(frame, message);
  }

  private static String publish(String opts) {
    return "{'op':'PUBLISH','topic':'t','payload':1,'opts':{" + opts + "}}";
  }

  private static String subscribe(String opts) {
    return "{'op':'SUBSCRIBE',TG,'opts':{" + opts + "}}";
  }

  private static String quoted(String frame) {
    return frame.replace("TG", TG).replace('\'', '"');
  }
}
