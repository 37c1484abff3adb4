package io.millrace.app.configuration;

import io.millrace.config.Option;
import io.millrace.config.OptionGroup;
import io.millrace.config.OptionType;

/** How topics are made where they are missing. */
public final class TopicOptions {
  public static final Option<Integer> PARTITIONS =
      Option.of("topics.partitions", OptionType.INTEGER)
          .require(count -> count >= 1 && count <= 10_000, "1 to 10000")
          .withDefault(4)
          .describedAs("Partitions of the transitions topic. The other topics have one.");

  public static final Option<Integer> REPLICATION_FACTOR =
      Option.of("topics.replication-factor", OptionType.INTEGER)
          .require(factor -> factor >= 0 && factor <= 100, "0 (what the broker says) to 100")
          .withDefault(0)
          .describedAs("Copies of each topic in the cluster; 0 leaves it to the broker.");

  public static final Option<Long> MAX_RECORD_SIZE =
      Option.of("topics.max-record-size", OptionType.BYTES)
          .require(size -> size >= 1024 && size <= 1L << 30, "1 KiB to 1 GiB")
          .withDefault(4L << 20)
          .describedAs(
              "Largest record that the transitions and dead-letters topics take. Larger than"
                  + " any good row, so that a bad one becomes a dead letter and not an error of"
                  + " whoever logs it.");

  public static final Option<Long> MAX_SNAPSHOT_SIZE =
      Option.of("topics.max-snapshot-size", OptionType.BYTES)
          .require(size -> size >= 1024 && size <= 1L << 30, "1 KiB to 1 GiB")
          .withDefault(64L << 20)
          .describedAs("Largest record that the policies and policy-log topics take.");

  public static final OptionGroup GROUP =
      OptionGroup.of(PARTITIONS, REPLICATION_FACTOR, MAX_RECORD_SIZE, MAX_SNAPSHOT_SIZE);

  private TopicOptions() {}
}
