package io.millrace.app.kafka;

/** The Kafka cluster did not do what was asked; the message says it to a user in one sentence. */
public final class KafkaFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  KafkaFailure(String sentence, Throwable cause) {
    super(sentence, cause);
  }

  static KafkaFailure noTopic(String topic) {
    return new KafkaFailure(
        "there is no topic " + topic + "; 'millrace topics create' makes the stream's topics",
        null);
  }

  static KafkaFailure noAnswer(String bootstrapServers, Throwable cause) {
    return new KafkaFailure(
        "no Kafka broker answers at "
            + bootstrapServers
            + "; is it running, and is kafka.bootstrap-servers right?",
        cause);
  }
}
