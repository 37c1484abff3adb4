package io.millrace.trainer.window;

/**
 * What changes as on-policy rows come in: rows whose action a policy chose that Millrace published.
 * The first of them is the switch from offline to online.
 *
 * @param conservativeFactor of the conservative term, for fresh on-policy rows, 0 to 1
 * @param conservativeRows on-policy rows over which the factor goes there from 1; 0: it is there at
 *     once
 * @param warmStartRows on-policy rows, from the switch on, for which learning is held; 0: none
 * @param held what is held meanwhile
 * @param fresh which rows are fresh
 */
public record OnlineSpec(
    double conservativeFactor, long conservativeRows, long warmStartRows, Held held, Fresh fresh) {

  /** What a warm start holds as it is. */
  public enum Held {
    /** The policy and its temperature; critics learn. */
    POLICY,
    /** Everything: no update is run. */
    ALL
  }

  /** Which rows are fresh. */
  public enum Fresh {
    /** The newest, whoever chose the action. */
    NEWEST,
    /** The newest on-policy ones; none until there are some. */
    ON_POLICY
  }

  /** The newest rows are fresh, and nothing changes but the factor, which is constant. */
  public static OnlineSpec constant(double conservativeFactor) {
    return new OnlineSpec(conservativeFactor, 0, 0, Held.POLICY, Fresh.NEWEST);
  }

  /** The same with the factor going to its value over so many on-policy rows. */
  public OnlineSpec over(long rows) {
    return new OnlineSpec(conservativeFactor, rows, warmStartRows, held, fresh);
  }

  /** The same with a warm start. */
  public OnlineSpec holding(Held what, long rows) {
    return new OnlineSpec(conservativeFactor, conservativeRows, rows, what, fresh);
  }

  /** The same with other rows fresh. */
  public OnlineSpec with(Fresh other) {
    return new OnlineSpec(conservativeFactor, conservativeRows, warmStartRows, held, other);
  }
}
