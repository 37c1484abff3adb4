package io.millrace.flink.validate;

import io.millrace.flink.config.IngestConfig;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.RejectionReason;
import io.millrace.schemas.v1.StreamSpecification;
import io.millrace.store.Row;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Turns records into rows; those that are none go to {@link #REFUSED} and leave a mark for the
 * store, so that it knows how far the topic has been read.
 *
 * <p>Counts {@code millrace.rows}, and {@code millrace.reason.REASON.rejected} for each reason.
 */
public final class ValidateFunction
    extends ProcessFunction<ConsumerRecord<byte[], byte[]>, ValidatedRecord> {
  /** Side output of refused records. */
  public static final OutputTag<RefusedRecord> REFUSED =
      new OutputTag<>("refused", RefusedRecord.type());

  private static final long serialVersionUID = 1L;
  private static final String REASON_PREFIX = "REJECTION_REASON_";

  private final StreamSpecification specification;
  private final TransitionRules rules;

  private transient TransitionValidator validator;
  private transient ValidatedRecord validated;
  private transient int subtask;
  private transient Counter rows;
  private transient Map<RejectionReason, Counter> rejected;

  /** Validates by what the configuration says of the stream. */
  public ValidateFunction(IngestConfig config) {
    specification = config.spec().toMessage();
    rules = TransitionRules.of(config);
  }

  @Override
  public void open(OpenContext context) {
    var spec = StreamSpec.of(specification);
    validator = new TransitionValidator(spec, rules, InstantSource.system());
    validated = new ValidatedRecord(new Row(spec));
    subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    var metrics = getRuntimeContext().getMetricGroup().addGroup("millrace");
    rows = metrics.counter("rows");
    rejected = new EnumMap<>(RejectionReason.class);
    for (RejectionReason reason : RejectionReason.values()) {
      if (isReason(reason)) {
        rejected.put(reason, metrics.addGroup("reason", name(reason)).counter("rejected"));
      }
    }
  }

  @Override
  public void processElement(
      ConsumerRecord<byte[], byte[]> record, Context context, Collector<ValidatedRecord> out) {
    validated.row.partition = record.partition();
    validated.row.offset = record.offset();
    Optional<Rejection> rejection = validator.validate(record.value(), validated.row);
    validated.refused = rejection.isPresent();
    if (rejection.isEmpty()) {
      rows.inc();
    } else {
      rejected.get(rejection.get().reason()).inc();
      context.output(REFUSED, new RefusedRecord(record, rejection.get(), subtask));
    }
    out.collect(validated);
  }

  private static boolean isReason(RejectionReason reason) {
    return reason != RejectionReason.REJECTION_REASON_UNSPECIFIED
        && reason != RejectionReason.UNRECOGNIZED;
  }

  private static String name(RejectionReason reason) {
    return reason.name().substring(REASON_PREFIX.length()).toLowerCase(Locale.ROOT);
  }
}
